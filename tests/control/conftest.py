"""A server of the control socket for tests, and clients of it."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps.control.client import Conversation
from tierdeps.control.messages import (
    Reload,
    Reply,
    Request,
    decode_reply,
)
from tierdeps.control.server import Connection, Limits, Server
from tierdeps.errors import RunError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tierdeps.control.server import Handler


async def answer(request: Request, connection: Connection) -> int:
    """Answer with the name of the request."""
    connection.write(type(request).__name__)
    connection.info("aside")
    if isinstance(request, Reload):
        raise RunError("not now")
    return 7


def serve(path: Path, body: Callable[[], Awaitable[None]], answer: Handler = answer, **limits: Any) -> None:
    async def main() -> None:
        server = Server(path, answer, Limits(**limits))
        await server.open()
        try:
            await body()
        finally:
            await server.close()

    asyncio.run(main())


def ask(path: Path, request: Request) -> list[Reply]:
    with Conversation(os.getpid(), path, request, 30) as conversation:
        return list(conversation.replies())


@asynccontextmanager
async def connected(path: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def raw(path: Path, data: bytes, pause: float = 0.0) -> list[Reply]:
    """Send bytes, and return the replies."""
    async with connected(path) as (reader, writer):
        writer.write(data)
        await asyncio.sleep(pause)
        return [decode_reply(line) for line in (await reader.read()).splitlines()]


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "1.sock"
