"""The control socket: requests are answered, and no client can delay the run."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from tests.control.conftest import ask, connected, raw, serve
from tierdeps.control.messages import (
    MAX_REQUEST_BYTES,
    PROTOCOL_VERSION,
    Ack,
    Exit,
    FastStop,
    Notice,
    Output,
    Ping,
    Reload,
    Request,
    Stop,
    decode_reply,
    encode,
)
from tierdeps.control.server import Connection, Limits, Server

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("request_", [Ping(), Stop(), FastStop("json", verbose=True)])
def test_a_request_is_acknowledged_and_answered_with_an_exit_code(path: Path, request_: Request) -> None:
    async def body() -> None:
        replies = await asyncio.to_thread(ask, path, request_)
        assert replies == [
            Ack(os.getpid(), PROTOCOL_VERSION),
            Output(type(request_).__name__),
            Notice("aside"),
            Exit(7),
        ]

    serve(path, body)


def test_an_error_is_sent_with_its_exit_code(path: Path) -> None:
    async def body() -> None:
        replies = await asyncio.to_thread(ask, path, Reload(dry_run=True))
        assert replies[-2:] == [Notice("error: not now", error=True), Exit(4)]

    serve(path, body)


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"stop\n",
        b"{}\n",
        b'{"type": "erase"}\n',
        b'{"type": "stop", "format": "xml"}\n',
        b'{"type": "perform", "action": "stop", "drivers": []}\n',
        b"\xff\xfe\n",
        b"[" * 999,
    ],
)
def test_an_invalid_request_is_answered_with_an_error(path: Path, data: bytes) -> None:
    async def body() -> None:
        notice, exit_ = await raw(path, data if data.endswith(b"\n") else data + b"\n")
        assert isinstance(notice, Notice)
        assert notice.error
        assert exit_ == Exit(2)

    serve(path, body)


def test_a_request_that_is_too_long_is_refused(path: Path) -> None:
    async def body() -> None:
        (notice, exit_) = await raw(path, b" " * (2 * MAX_REQUEST_BYTES))
        assert notice == Notice(f"error: expected a request of at most {MAX_REQUEST_BYTES} bytes", error=True)
        assert exit_ == Exit(2)

    serve(path, body)


def test_a_connection_without_a_request_times_out(path: Path) -> None:

    async def body() -> None:
        notice, exit_ = await raw(path, b"")
        assert notice == Notice("error: no request within 0.05 s", error=True)
        assert exit_ == Exit(2)

    serve(path, body, io_timeout_s=0.05)


def test_lines_that_a_slow_client_does_not_read_are_omitted_and_counted(path: Path) -> None:
    lines, width = 2000, 1000

    async def much(request: Request, connection: Connection) -> int:
        for _ in range(lines):
            connection.write("x" * width)
        return 0

    async def body() -> None:
        *replies, note, exit_ = await raw(path, encode(Ping()), 0.1)
        said = sum(isinstance(reply, Output) for reply in replies)
        assert isinstance(note, Notice)
        assert note.text.startswith(f"note: {lines - said} lines were omitted")
        assert exit_ == Exit(0)

    serve(path, body, much, max_buffered_bytes=1 << 16)


def test_a_client_that_disconnects_affects_no_other(path: Path) -> None:
    async def body() -> None:
        for _ in range(3):
            async with connected(path) as (_, writer):
                writer.write(encode(Ping()))
                writer.transport.abort()
        assert (await asyncio.to_thread(ask, path, Ping()))[-1] == Exit(7)

    serve(path, body)


def test_close_waits_for_requests_with_a_timeout(path: Path) -> None:
    """A request without an answer is cancelled."""

    async def unanswered(request: Request, connection: Connection) -> int:
        await asyncio.Event().wait()
        return 0

    async def main() -> None:
        server = Server(path, unanswered, Limits(io_timeout_s=0.05))
        await server.open()
        async with connected(path) as (reader, writer):
            writer.write(encode(Ping()))
            heard = await reader.readline()
            await server.close()
            assert [decode_reply(heard), await reader.read()] == [Ack(os.getpid(), PROTOCOL_VERSION), b""]

    asyncio.run(main())
    assert not path.exists()
