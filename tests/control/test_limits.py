"""The limits of the control socket: on requests, on stops and on idle connections."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from tests.control.conftest import answer, ask, connected, raw, serve
from tierdeps.control.client import RefusedError
from tierdeps.control.messages import (
    PROTOCOL_VERSION,
    Ack,
    Exit,
    FastStop,
    Notice,
    Ping,
    Reload,
    Request,
    Stop,
    decode_reply,
    encode,
)
from tierdeps.control.server import Connection, Limits, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


async def never_answer(request: Request, connection: Connection) -> int:
    """Answer nothing, ever, but stop at once."""
    if isinstance(request, Ping | Reload):
        await asyncio.Event().wait()
    return 0


@asynccontextmanager
async def requests_open(path: Path, request: Request, number: int) -> AsyncIterator[None]:
    """Hold so many acknowledged requests open."""
    async with AsyncExitStack() as stack:
        for _ in range(number):
            reader, writer = await stack.enter_async_context(connected(path))
            writer.write(encode(request))
            assert decode_reply(await reader.readline()) == Ack(os.getpid(), PROTOCOL_VERSION)
        yield


def test_requests_beyond_the_limit_are_refused(path: Path) -> None:
    async def body() -> None:
        async with requests_open(path, Ping(), 2):
            notice, exit_ = await raw(path, encode(Ping()))
            assert notice == Notice("error: 2 other requests are being served; try again", error=True)
            assert exit_ == Exit(4)
            with pytest.raises(RefusedError, match="2 other requests are being served"):
                await asyncio.to_thread(ask, path, Reload())
        assert (await raw(path, encode(Stop())))[-1] == Exit(0)

    serve(path, body, never_answer, max_requests=2, io_timeout_s=0.2)


@pytest.mark.parametrize("request_", [Stop(), FastStop()])
def test_a_stop_is_accepted_beyond_the_limit_of_requests(path: Path, request_: Request) -> None:
    async def body() -> None:
        async with requests_open(path, Reload(), 2):
            assert await asyncio.to_thread(ask, path, request_) == [Ack(os.getpid(), PROTOCOL_VERSION), Exit(0)]

    serve(path, body, never_answer, max_requests=2, io_timeout_s=0.2)


@pytest.mark.parametrize("said", [b"", b'{"type":"st', b" " * 100])
def test_a_stop_is_accepted_beyond_the_limit_of_idle_connections(path: Path, said: bytes) -> None:
    async def body() -> None:
        async with AsyncExitStack() as stack:
            for _ in range(3 * Limits().max_idle):
                _, writer = await stack.enter_async_context(connected(path))
                writer.write(said)
            assert await asyncio.to_thread(ask, path, Stop()) == [Ack(os.getpid(), PROTOCOL_VERSION), Exit(0)]

    serve(path, body, never_answer, io_timeout_s=60.0)


def test_a_stop_beyond_the_limit_of_stops_is_accepted_without_buffered_output(path: Path) -> None:
    received, released = asyncio.Event(), asyncio.Event()

    async def slowly(request: Request, connection: Connection) -> int:
        received.set()
        await released.wait()
        for _ in range(9):
            connection.write("x" * (1 << 20))
        return 0

    async def body() -> None:
        async with requests_open(path, Stop(), 2):
            received.clear()
            async with connected(path) as (reader, writer):
                writer.write(encode(FastStop()))
                await received.wait()
                released.set()
                assert await reader.readline() == encode(Ack(os.getpid(), PROTOCOL_VERSION))
                *said, note, last = [decode_reply(line) for line in (await reader.read()).splitlines()]
            assert len(said) < 9
            assert note == Notice(f"note: {9 - len(said)} lines were omitted because they were not read fast enough")
            assert last == Exit(0)

    serve(path, body, slowly, max_requests=2, io_timeout_s=60.0)


def test_the_oldest_idle_connection_is_closed_beyond_the_limit(path: Path) -> None:
    async def body() -> None:
        async with connected(path) as (oldest, _), connected(path) as (_, second):
            async with connected(path):
                assert await oldest.read() == b""
            second.write(encode(Ping()))
            assert (await raw(path, encode(Ping())))[-1] == Exit(7)

    serve(path, body, max_idle=2, io_timeout_s=60.0)


def test_close_does_not_wait_for_idle_connections(path: Path) -> None:
    async def main() -> None:
        server = Server(path, answer, Limits(io_timeout_s=600.0))
        await server.open()
        async with connected(path) as (reader, writer):
            writer.write(b"{")
            await asyncio.wait_for(server.close(), 60)
            assert await reader.read() == b""

    asyncio.run(main())
