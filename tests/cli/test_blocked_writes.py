"""Commands whose output is not read, outside of a run: warnings before a start, an answer, an error."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, wait_for
from tests.cli.pipes import Unread, begin
from tierdeps._util import interrupts
from tierdeps.cli.output.streams import Streams
from tierdeps.journal import Journal

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from tests.cli.hosts import Host

    Begin = Callable[..., subprocess.Popen[bytes]]

#: With -v the redundant dependency and the unused capability are warnings that a start prints first.
WARNED = """
[drivers.a]
provides = ["unused"]
[drivers.b]
requires = ["a"]
[drivers.c]
requires = ["a", "b"]
"""


@pytest.fixture
def folder(host: Host) -> Path:
    (host.folder / "graph.toml").write_text(WARNED)
    return host.folder


@pytest.fixture
def unread(folder: Path) -> Iterator[Begin]:
    """Return what starts a command, which ends with the test at the latest."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str, out: int, err: int) -> subprocess.Popen[bytes]:
        started.append(begin(folder, *words, out=out, err=err))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def is_up() -> bool:
    with Journal.open(readonly=True) as journal:
        return any(run.ready_at is not None for run in journal.alive())


def wait_for_block(pid: int) -> None:
    """Wait until a thread of a process waits in a write to a full pipe."""

    def is_blocked() -> bool:
        return any("pipe" in path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/wchan"))

    wait_for(is_blocked, "a write that blocks")


def test_a_start_whose_warnings_nobody_reads_comes_up_and_ends_when_asked(folder: Path, unread: Begin) -> None:
    pipe = Unread()
    with (folder / "answer").open("wb") as file:
        process = unread("start", "graph.toml", "-v", out=file.fileno(), err=pipe.writer)
        wait_for(is_up, "the end of the start")
        process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT_S) == 0


def test_a_start_in_the_background_whose_warnings_nobody_reads_comes_up(
    folder: Path, host: Host, unread: Begin
) -> None:
    pipe = Unread()
    with (folder / "answer").open("wb") as file:
        process = unread("start", "graph.toml", "-v", "--detach", out=file.fileno(), err=pipe.writer)
        assert process.wait(TIMEOUT_S) == 0
    assert host.ask("stop").code == 0


def test_a_refused_start_whose_error_nobody_reads_ends_with_its_exit_code(folder: Path, unread: Begin) -> None:
    (folder / "graph.toml").write_text('[drivers.a]\nrequires = ["missing"]\n')
    pipe = Unread()
    for options in ((), ("--detach",)):
        process = unread("start", "graph.toml", *options, out=pipe.writer, err=pipe.writer)
        assert process.wait(TIMEOUT_S) == 1


WORDS = (
    ("order", "graph.toml"),
    ("check", "graph.toml", "-v"),
    ("order", "missing.toml"),
    ("--help",),
    ("start", "graph.toml", "--dry-run"),
)


@pytest.mark.parametrize(
    ("words", "number"),
    [*((words, signal.SIGTERM) for words in WORDS), (WORDS[0], signal.SIGINT), (WORDS[0], signal.SIGHUP)],
)
def test_a_signal_ends_a_command_whose_output_nobody_reads(
    words: tuple[str, ...], number: signal.Signals, unread: Begin
) -> None:
    pipe = Unread()
    process = unread(*words, out=pipe.writer, err=pipe.writer)
    wait_for_block(process.pid)
    process.send_signal(number)
    assert process.wait(TIMEOUT_S) == 130


def test_an_interrupted_command_whose_output_is_read_lifts_the_limit_of_its_cleanup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(interrupts, "CLEANUP_TIMEOUT_S", 600.0)
    before = signal.getsignal(signal.SIGALRM)
    try:
        interrupts.end_cleanup()
        assert signal.getsignal(signal.SIGALRM) == before
        interrupts.limit_cleanup()
        with pytest.raises(SystemExit):
            Streams().end(130)
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
