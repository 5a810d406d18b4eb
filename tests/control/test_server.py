"""The control socket: requests are answered, and no client can delay the run."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.obstacles import IN_PLACE_OF_A_FILE, IN_PLACE_OF_A_FOLDER, Obstacle, each
from tierdeps._util.state_dir import NotOursError
from tierdeps.control.client import Conversation, NoAnswerError, RefusedError
from tierdeps.control.messages import (
    MAX_REQUEST_BYTES,
    Ack,
    Exit,
    FastStop,
    Notice,
    Output,
    Ping,
    Reload,
    Reply,
    Request,
    Stop,
    decode_reply,
    encode,
)
from tierdeps.control.server import Connection, Limits, Server
from tierdeps.control.sockets import own_socket
from tierdeps.errors import DeadlineExceeded, RunError

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


@pytest.mark.parametrize("request_", [Ping(), Stop(), FastStop("json", verbose=True)])
def test_a_request_is_acknowledged_and_answered_with_an_exit_code(path: Path, request_: Request) -> None:
    async def body() -> None:
        replies = await asyncio.to_thread(ask, path, request_)
        assert replies == [Ack(os.getpid()), Output(type(request_).__name__), Notice("aside"), Exit(7)]

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
        assert notice == Notice(f"error: expected a request of no more than {MAX_REQUEST_BYTES} bytes", error=True)
        assert exit_ == Exit(2)

    serve(path, body)


def test_a_connection_without_a_request_times_out(path: Path) -> None:

    async def body() -> None:
        notice, exit_ = await raw(path, b"")
        assert notice == Notice("error: no request came within 0.05 s", error=True)
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
            assert decode_reply(await reader.readline()) == Ack(os.getpid())
        yield


def test_requests_beyond_the_limit_are_refused(path: Path) -> None:
    async def body() -> None:
        async with requests_open(path, Ping(), 2):
            notice, exit_ = await raw(path, encode(Ping()))
            assert notice == Notice("error: 2 others are asking this instance at the moment; try again", error=True)
            assert exit_ == Exit(4)
            with pytest.raises(RefusedError, match="2 others are asking this instance"):
                await asyncio.to_thread(ask, path, Reload())
        assert (await raw(path, encode(Stop())))[-1] == Exit(0)

    serve(path, body, never_answer, max_requests=2, io_timeout_s=0.2)


@pytest.mark.parametrize("request_", [Stop(), FastStop()])
def test_a_stop_is_accepted_beyond_the_limit_of_requests(path: Path, request_: Request) -> None:
    async def body() -> None:
        async with requests_open(path, Reload(), 2):
            assert await asyncio.to_thread(ask, path, request_) == [Ack(os.getpid()), Exit(0)]

    serve(path, body, never_answer, max_requests=2, io_timeout_s=0.2)


@pytest.mark.parametrize("said", [b"", b'{"type":"st', b" " * 100])
def test_a_stop_is_accepted_beyond_the_limit_of_idle_connections(path: Path, said: bytes) -> None:
    async def body() -> None:
        async with AsyncExitStack() as stack:
            for _ in range(3 * Limits().max_idle):
                _, writer = await stack.enter_async_context(connected(path))
                writer.write(said)
            assert await asyncio.to_thread(ask, path, Stop()) == [Ack(os.getpid()), Exit(0)]

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
                assert await reader.readline() == encode(Ack(os.getpid()))
                *said, note, last = [decode_reply(line) for line in (await reader.read()).splitlines()]
            assert len(said) < 9
            assert note == Notice(f"note: {9 - len(said)} lines were omitted, for they were not read fast enough")
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


@pytest.mark.parametrize(("said", "why"), [(b"", "without a word"), (b"no\n", "what it said is no reply")])
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
            assert [decode_reply(heard), await reader.read()] == [Ack(os.getpid()), b""]

    asyncio.run(main())
    assert not path.exists()


def test_the_socket_and_its_folder_are_private(path: Path) -> None:
    path.parent.mkdir(mode=0o755)

    async def body() -> None:
        modes = await asyncio.to_thread(lambda: [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)])
        assert modes == [0o600, 0o700]

    serve(path, body)


def test_a_path_longer_than_a_socket_address_works(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 120) / "1.sock"

    async def body() -> None:
        assert (await asyncio.to_thread(ask, path, Ping()))[-1] == Exit(7)

    serve(path, body)


def test_stale_sockets_are_removed_and_others_are_kept(path: Path) -> None:
    left, other = path.with_name("2.sock"), path.with_name("3.sock")

    async def body() -> None:
        with socket.socket(socket.AF_UNIX) as killed:
            killed.bind(str(left))
            killed.listen()
        server = Server(other, answer)
        await server.open()
        names = await asyncio.to_thread(lambda: sorted(one.name for one in path.parent.iterdir()))
        assert names == [path.name, other.name]
        await server.close()

    serve(path, body)


@each(IN_PLACE_OF_A_FOLDER)
def test_a_folder_that_is_not_private_is_refused(path: Path, kind: str, make: Callable[[Path], None]) -> None:
    obstacle = Obstacle(path.parent, kind, make)

    with pytest.raises(NotOursError, match=rf"^{path.parent} {obstacle.words}"):
        asyncio.run(Server(path, answer).open())
    assert obstacle.is_untouched()


@pytest.mark.parametrize("name", ["1.sock", "1.sock.part", "2.sock"])
@each({kind: make for kind, make in IN_PLACE_OF_A_FILE.items() if kind != "is a socket"})
def test_a_file_that_is_no_socket_of_this_user_is_not_replaced(
    path: Path, name: str, kind: str, make: Callable[[Path], None]
) -> None:
    obstacle = Obstacle(path.with_name(name), kind, make)

    async def main() -> None:
        server = Server(path, answer)
        await server.open()
        await server.close()

    if name == "2.sock":  # none of our business
        asyncio.run(main())
    else:
        with pytest.raises(NotOursError, match=rf"^{path.with_name(name)} "):
            asyncio.run(main())
    assert obstacle.is_untouched()
    assert [one.name for one in path.parent.iterdir()] == [name]


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
            pytest.raises(NoAnswerError, match="it said nothing"),
        ):
            list(conversation.replies())


def test_a_missing_socket_raises_no_answer_error(path: Path) -> None:
    with pytest.raises(NoAnswerError, match="the process id 1 cannot be asked: it has no socket"):
        Conversation(1, path, Ping(), 1)


def test_a_socket_on_which_another_process_listens_gets_no_request(path: Path) -> None:
    async def body() -> None:
        with pytest.raises(NoAnswerError, match=f"the process {os.getpid()} listens at its socket"):
            await asyncio.to_thread(Conversation, 1, path, Ping(), 1)
        await raw(path, encode(Ping()))  # who came before was seen to

    serve(path, body)


def test_the_socket_is_in_the_runtime_folder_or_else_beside_the_journal(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{os.getpid()}.sock"
    assert own_socket() == state / "tierdeps" / "run" / name
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert own_socket() == tmp_path / "tierdeps" / name
    for useless in ("relative", str(tmp_path / "missing")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", useless)
        assert own_socket() == state / "tierdeps" / "run" / name
