"""The client of the control socket: whatever answers in place of an instance, it ends with a clear error."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING

import pytest

from tests.control.conftest import ask, raw, serve
from tierdeps.control.client import Conversation, NoAnswerError
from tierdeps.control.messages import (
    Ping,
    Reply,
    Request,
    Stop,
    encode,
)
from tierdeps.errors import DeadlineExceeded

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps.control.server import Connection


@pytest.mark.parametrize(("said", "why"), [(b"", "without a reply"), (b"no\n", "its answer is not a valid reply")])
def test_a_listener_that_sends_no_valid_reply_counts_as_unreachable(path: Path, said: bytes, why: str) -> None:
    async def main() -> None:
        async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(said)
            writer.close()

        async with await asyncio.start_unix_server(connect, path):
            with pytest.raises(NoAnswerError, match=why):
                await asyncio.to_thread(ask, path, Stop())

    path.parent.mkdir()
    asyncio.run(main())


def test_a_request_that_takes_too_long_raises_deadline_exceeded(path: Path) -> None:
    async def slow(request: Request, connection: Connection) -> int:
        await asyncio.sleep(0.2)
        return 0

    def impatient() -> list[Reply]:
        with Conversation(os.getpid(), path, Stop(), 0.05) as conversation:
            return list(conversation.replies())

    async def body() -> None:
        with pytest.raises(DeadlineExceeded, match=r"did not end within 0.05 s"):
            await asyncio.to_thread(impatient)

    serve(path, body, slow)


def test_a_listener_without_an_ack_counts_as_unreachable(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        with (
            Conversation(os.getpid(), path, Ping(), 0.05) as conversation,
            pytest.raises(NoAnswerError, match="it sent nothing"),
        ):
            list(conversation.replies())


def test_a_missing_socket_raises_no_answer_error(path: Path) -> None:
    with pytest.raises(NoAnswerError, match="process ID 1 cannot be reached: it has no socket"):
        Conversation(1, path, Ping(), 1)


def test_a_socket_on_which_another_process_listens_gets_no_request(path: Path) -> None:
    async def body() -> None:
        with pytest.raises(NoAnswerError, match=f"the process {os.getpid()} listens at its socket"):
            await asyncio.to_thread(Conversation, 1, path, Ping(), 1)
        await raw(path, encode(Ping()))  # who came before was seen to

    serve(path, body)
