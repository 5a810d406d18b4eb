"""The sessions of processes, as the guard finds them."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tests.processes.conftest import PYTHON, Trace
from tierdeps.processes import process_table as module
from tierdeps.processes.orphan_guard_state import GuardState, Session
from tierdeps.processes.proc import DRIVER, GUARD, RUN, environment_of, read_process
from tierdeps.processes.process_table import UNKNOWN_SESSION, ProcessTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

WAITS = "import signal; print('up'); signal.pause()"
#: Its child has another session, no tags, and no pipe.
FORKS = """
import os, signal
null = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
os.posix_spawn("/bin/sleep", ["sleep", "1000"], {}, file_actions=[null], setsid=True)
print("up")
signal.pause()
"""


@contextmanager
def process(script: str = WAITS, *, env: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run a script in a session of its own, with a pipe for its output."""
    with subprocess.Popen(
        [*PYTHON, script],
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as started:
        try:
            assert started.stdout is not None
            assert started.stdout.readline() == "up\n"
            yield started
        finally:
            started.kill()


def session(driver: str = "a", *outputs: int, leader: int = 0) -> Session:
    made = Session(signal.SIGTERM, driver.encode(), outputs)
    if leader:
        made.set_leader(leader)
    return made


def state_of(**sessions: Session) -> GuardState:
    state = GuardState()
    state.sessions.update(sessions)
    return state


def scanned(state: GuardState, run: str = "the-run") -> ProcessTable:
    census = ProcessTable(run, state)
    census.scan()
    return census


def pids(census: ProcessTable, key: str) -> list[int]:
    return [one.pid for one in census.members(key)]


def test_a_process_is_known_by_its_marks() -> None:
    with process(env={RUN: "the-run", DRIVER: "a"}) as one, process(env={RUN: "another", DRIVER: "a"}):
        census = scanned(state_of(k=session("a")))
        assert pids(census, "k") == [one.pid]
        assert census.owners() == ["k"]


def test_a_process_is_known_by_its_session() -> None:
    with process() as one:
        assert pids(scanned(state_of(k=session(leader=one.pid))), "k") == [one.pid]


def test_a_later_session_of_the_same_number_is_another_one() -> None:
    with process() as one:
        made = session(leader=one.pid)
        made.started -= 1
        assert scanned(state_of(k=made)).owners() == []


def test_a_process_is_known_by_what_it_writes_to() -> None:
    with process() as one:
        assert one.stdout is not None
        assert pids(scanned(state_of(k=session("a", one.stdout.fileno()))), "k") == [one.pid]


def test_a_process_is_known_by_what_it_descends_from() -> None:
    with process(FORKS, env={RUN: "the-run", DRIVER: "a"}) as one:
        census = scanned(state_of(k=session("a")))
        found = census.members("k")
        assert len(found) == 2
        for each in found:
            census.signal_process(each, signal.SIGKILL)
        assert {each.parent for each in found} == {os.getpid(), one.pid}


def test_what_is_of_no_session_is_of_the_run() -> None:
    with process(env={RUN: "the-run", DRIVER: "forgotten"}) as one, process(env={RUN: "the-run"}) as other:
        census = scanned(state_of(k=session("a")))
        assert sorted(pids(census, UNKNOWN_SESSION)) == sorted([one.pid, other.pid])


def test_guards_and_this_process_are_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with process(env={RUN: "the-run", DRIVER: "a", GUARD: "a-run"}):
        assert scanned(state_of(k=session("a"))).owners() == []


def test_a_zombie_is_no_member(trace: Trace) -> None:
    with process(env={RUN: "the-run", DRIVER: "a"}) as one:
        census = scanned(state_of(k=session("a")))
        one.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, one.pid, os.WEXITED | os.WNOWAIT)
        assert census.owners() == []
        assert scanned(state_of(k=session("a"))).owners() == []


def test_each_process_is_examined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    examined: list[int] = []

    def counted(pid: int) -> frozenset[bytes]:
        examined.append(pid)
        return environment_of(pid)

    monkeypatch.setattr(module, "environment_of", counted)
    tags = {RUN: "the-run", DRIVER: "a"}
    with ExitStack() as stack:
        some = [stack.enter_context(process(env=tags)).pid for _ in range(5)]
        census = scanned(state_of(k=session("a")))
        more = stack.enter_context(process(env=tags)).pid
        for _ in range(10):
            census.scan()
        assert sorted(pids(census, "k")) == sorted([*some, more])
        assert [examined.count(pid) for pid in (*some, more)] == [1] * 6


def test_what_a_member_starts_later_is_found() -> None:
    script = (
        "import os, signal, sys; print('up'); sys.stdin.readline(); os.fork(); os.write(1, b'more\\n'); signal.pause()"
    )
    with subprocess.Popen(
        [*PYTHON, script],
        env={**os.environ, RUN: "the-run", DRIVER: "a"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as one:
        assert one.stdin is not None
        assert one.stdout is not None
        one.stdout.readline()
        census = scanned(state_of(k=session("a")))
        assert pids(census, "k") == [one.pid]
        one.stdin.write("\n")
        one.stdin.flush()
        assert (one.stdout.readline(), one.stdout.readline()) == ("more\n", "more\n")
        census.scan()
        found = pids(census, "k")
        assert len(found) == 2
        for pid in found:
            seen = read_process(pid)
            assert seen is not None
            census.signal_process(seen, signal.SIGKILL)
