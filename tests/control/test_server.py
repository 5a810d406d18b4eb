"""The socket of an instance: who asks is answered, and nobody can hold the run up."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests.obstacles import IN_PLACE_OF_A_FILE, IN_PLACE_OF_A_FOLDER, Obstacle, each
from tierdeps.control.client import Conversation, NoAnswerError, RefusedError
from tierdeps.control.messages import (
    LONGEST,
    Heard,
    Hurry,
    Over,
    Ping,
    Reload,
    Reply,
    Request,
    Said,
    Stop,
    Talked,
    line_of,
    reply_of,
)
from tierdeps.control.place import own_socket
from tierdeps.control.server import Asker, Limits, Server
from tierdeps.errors import DeadlineExceeded, RunError
from tierdeps.private_files import NotOursError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tierdeps.control.server import Answer


async def answer(request: Request, asker: Asker) -> int:
    """Say what was asked for."""
    asker.say(type(request).__name__)
    asker.talk("aside")
    if isinstance(request, Reload):
        raise RunError("not now")
    return 7


def serve(path: Path, body: Callable[[], Awaitable[None]], answer: Answer = answer, **limits: Any) -> None:
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
    """Say something, and read what comes."""
    async with connected(path) as (reader, writer):
        writer.write(data)
        await asyncio.sleep(pause)
        return [reply_of(line) for line in (await reader.read()).splitlines()]


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "1.sock"


@pytest.mark.parametrize("request_", [Ping(), Stop(), Hurry("json", verbose=True)])
def test_what_is_asked_is_heard_answered_and_over(path: Path, request_: Request) -> None:
    async def body() -> None:
        replies = await asyncio.to_thread(ask, path, request_)
        assert replies == [Heard(os.getpid()), Said(type(request_).__name__), Talked("aside"), Over(7)]

    serve(path, body)


def test_an_error_is_told_with_its_exit_code(path: Path) -> None:
    async def body() -> None:
        replies = await asyncio.to_thread(ask, path, Reload(dry_run=True))
        assert replies[-2:] == [Talked("error: not now", error=True), Over(4)]

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
def test_what_is_no_request_is_answered_with_an_error(path: Path, data: bytes) -> None:
    async def body() -> None:
        complaint, over = await raw(path, data if data.endswith(b"\n") else data + b"\n")
        assert isinstance(complaint, Talked)
        assert complaint.error
        assert over == Over(2)

    serve(path, body)


def test_a_request_has_a_longest_length(path: Path) -> None:
    async def body() -> None:
        (complaint, over) = await raw(path, b" " * (2 * LONGEST))
        assert complaint == Talked(f"error: expected a request of no more than {LONGEST} bytes", error=True)
        assert over == Over(2)

    serve(path, body)


def test_who_says_nothing_is_let_go(path: Path) -> None:

    async def body() -> None:
        complaint, over = await raw(path, b"")
        assert complaint == Talked("error: no request came within 0.05 s", error=True)
        assert over == Over(2)

    serve(path, body, patience=0.05)


def test_who_reads_nothing_gets_what_there_is_room_for(path: Path) -> None:
    lines, width = 2000, 1000

    async def much(request: Request, asker: Asker) -> int:
        for _ in range(lines):
            asker.say("x" * width)
        return 0

    async def body() -> None:
        *replies, note, over = await raw(path, line_of(Ping()), 0.1)
        said = sum(isinstance(reply, Said) for reply in replies)
        assert isinstance(note, Talked)
        assert note.text.startswith(f"note: {lines - said} lines were left out")
        assert over == Over(0)

    serve(path, body, much, kept=1 << 16)


def test_who_goes_away_disturbs_nobody(path: Path) -> None:
    async def body() -> None:
        for _ in range(3):
            async with connected(path) as (_, writer):
                writer.write(line_of(Ping()))
                writer.transport.abort()
        assert (await asyncio.to_thread(ask, path, Ping()))[-1] == Over(7)

    serve(path, body)


async def for_ever(request: Request, asker: Asker) -> int:
    """Answer nothing, ever; a stop is over at once."""
    if isinstance(request, Ping | Reload):
        await asyncio.Event().wait()
    return 0


@asynccontextmanager
async def asking(path: Path, request: Request, number: int) -> AsyncIterator[None]:
    """Have so many ask, and be heard."""
    async with AsyncExitStack() as stack:
        for _ in range(number):
            reader, writer = await stack.enter_async_context(connected(path))
            writer.write(line_of(request))
            assert reply_of(await reader.readline()) == Heard(os.getpid())
        yield


def test_no_more_than_some_may_ask_at_a_time(path: Path) -> None:
    async def body() -> None:
        async with asking(path, Ping(), 2):
            complaint, over = await raw(path, line_of(Ping()))
            assert complaint == Talked("error: 2 others are asking this instance at the moment; try again", error=True)
            assert over == Over(4)
            with pytest.raises(RefusedError, match="2 others are asking this instance"):
                await asyncio.to_thread(ask, path, Reload())
        assert (await raw(path, line_of(Stop())))[-1] == Over(0)

    serve(path, body, for_ever, most=2, patience=0.2)


@pytest.mark.parametrize("request_", [Stop(), Hurry()])
def test_a_stop_is_heard_however_many_others_ask(path: Path, request_: Request) -> None:
    async def body() -> None:
        async with asking(path, Reload(), 2):
            assert await asyncio.to_thread(ask, path, request_) == [Heard(os.getpid()), Over(0)]

    serve(path, body, for_ever, most=2, patience=0.2)


@pytest.mark.parametrize("said", [b"", b'{"type":"st', b" " * 100])
def test_a_stop_is_heard_however_many_say_nothing_or_not_all(path: Path, said: bytes) -> None:
    async def body() -> None:
        async with AsyncExitStack() as stack:
            for _ in range(3 * Limits().silent):
                _, writer = await stack.enter_async_context(connected(path))
                writer.write(said)
            assert await asyncio.to_thread(ask, path, Stop()) == [Heard(os.getpid()), Over(0)]

    serve(path, body, for_ever, patience=60.0)


def test_a_stop_is_heard_though_many_others_stop_and_they_are_told_less(path: Path) -> None:
    asked, over = asyncio.Event(), asyncio.Event()

    async def slowly(request: Request, asker: Asker) -> int:
        asked.set()
        await over.wait()
        for _ in range(9):
            asker.say("x" * (1 << 20))
        return 0

    async def body() -> None:
        async with asking(path, Stop(), 2):
            asked.clear()
            async with connected(path) as (reader, writer):
                writer.write(line_of(Hurry()))
                await asked.wait()
                over.set()
                assert await reader.readline() == line_of(Heard(os.getpid()))
                *said, note, last = [reply_of(line) for line in (await reader.read()).splitlines()]
            assert len(said) < 9
            assert note == Talked(f"note: {9 - len(said)} lines were left out, for they were not read fast enough")
            assert last == Over(0)

    serve(path, body, slowly, most=2, patience=60.0)


def test_the_oldest_of_too_many_who_say_nothing_is_let_go(path: Path) -> None:
    async def body() -> None:
        async with connected(path) as (oldest, _), connected(path) as (_, second):
            async with connected(path):
                assert await oldest.read() == b""
            second.write(line_of(Ping()))
            assert (await raw(path, line_of(Ping())))[-1] == Over(7)

    serve(path, body, silent=2, patience=60.0)


def test_the_end_does_not_wait_for_who_says_nothing(path: Path) -> None:
    async def main() -> None:
        server = Server(path, answer, Limits(patience=600.0))
        await server.open()
        async with connected(path) as (reader, writer):
            writer.write(b"{")
            await asyncio.wait_for(server.close(), 60)
            assert await reader.read() == b""

    asyncio.run(main())


@pytest.mark.parametrize(("said", "why"), [(b"", "without a word"), (b"no\n", "what it said is no reply")])
def test_who_listens_and_says_nothing_that_is_a_reply_does_not_answer(path: Path, said: bytes, why: str) -> None:
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


def test_the_end_waits_for_answers_and_not_for_ever(path: Path) -> None:
    """What nobody ever answers is given up."""

    async def never(request: Request, asker: Asker) -> int:
        await asyncio.Event().wait()
        return 0

    async def main() -> None:
        server = Server(path, never, Limits(patience=0.05))
        await server.open()
        async with connected(path) as (reader, writer):
            writer.write(line_of(Ping()))
            heard = await reader.readline()
            await server.close()
            assert [reply_of(heard), await reader.read()] == [Heard(os.getpid()), b""]

    asyncio.run(main())
    assert not path.exists()


def test_the_socket_and_its_folder_are_their_owner_s(path: Path) -> None:
    path.parent.mkdir(mode=0o755)

    async def body() -> None:
        modes = await asyncio.to_thread(lambda: [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)])
        assert modes == [0o600, 0o700]

    serve(path, body)


def test_a_path_may_be_longer_than_an_address(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 120) / "1.sock"

    async def body() -> None:
        assert (await asyncio.to_thread(ask, path, Ping()))[-1] == Over(7)

    serve(path, body)


def test_sockets_at_which_nobody_listens_are_taken_away_and_others_are_not(path: Path) -> None:
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
def test_a_folder_that_is_not_ours_is_not_used(path: Path, kind: str, make: Callable[[Path], None]) -> None:
    obstacle = Obstacle(path.parent, kind, make)

    with pytest.raises(NotOursError, match=rf"^{path.parent} {obstacle.words}"):
        asyncio.run(Server(path, answer).open())
    assert obstacle.is_untouched()


@pytest.mark.parametrize("name", ["1.sock", "1.sock.part", "2.sock"])
@each({kind: make for kind, make in IN_PLACE_OF_A_FILE.items() if kind != "is a socket"})
def test_what_is_no_socket_of_ours_is_left_as_it_is(
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


def test_an_answer_that_takes_too_long_is_given_up(path: Path) -> None:
    async def slow(request: Request, asker: Asker) -> int:
        await asyncio.sleep(0.2)
        return 0

    def impatient() -> list[Reply]:
        with Conversation(os.getpid(), path, Stop(), 0.05) as conversation:
            return list(conversation.replies())

    async def body() -> None:
        with pytest.raises(DeadlineExceeded, match=r"did not end within 0.05 s"):
            await asyncio.to_thread(impatient)

    serve(path, body, slow)


def test_who_listens_and_says_nothing_does_not_answer(path: Path) -> None:
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        with (
            Conversation(os.getpid(), path, Ping(), 0.05) as conversation,
            pytest.raises(NoAnswerError, match="it said nothing"),
        ):
            list(conversation.replies())


def test_where_nobody_listens_it_is_said(path: Path) -> None:
    with pytest.raises(NoAnswerError, match="the process id 1 cannot be asked: it has no socket"):
        Conversation(1, path, Ping(), 1)


def test_a_socket_of_another_process_is_not_asked(path: Path) -> None:
    async def body() -> None:
        with pytest.raises(NoAnswerError, match=f"the process {os.getpid()} listens at its socket"):
            await asyncio.to_thread(Conversation, 1, path, Ping(), 1)
        await raw(path, line_of(Ping()))  # who came before was seen to

    serve(path, body)


def test_the_place_is_the_runtime_folder_or_else_beside_the_journal(
    tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{os.getpid()}.sock"
    assert own_socket() == state / "tierdeps" / "run" / name
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert own_socket() == tmp_path / "tierdeps" / name
    for useless in ("relative", str(tmp_path / "missing")):
        monkeypatch.setenv("XDG_RUNTIME_DIR", useless)
        assert own_socket() == state / "tierdeps" / "run" / name
