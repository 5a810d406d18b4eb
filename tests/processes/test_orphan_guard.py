"""The guard: it outlives the run by no more than it has to, and the run's processes do not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import PYTHON, Host, Trace, run, until
from tierdeps import DependencyGraph, Driver, Executor
from tierdeps.model import Process
from tierdeps.processes import child, orphan_guard_stop
from tierdeps.processes.errors import ProcessError
from tierdeps.processes.guard_client import BATCH_DELAY_S
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.orphan_guard_state import GuardState, Session
from tierdeps.processes.proc import GUARD, ProcessInfo, environment_of, is_alive, read_process, signal_process
from tierdeps.processes.process_table import ProcessTable
from tierdeps.processes.run import ProcessRun

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = """
import asyncio, os, sys
from tierdeps import DependencyGraph, Driver, Executor, requires
from tierdeps.model import Process

def driver(name, script, *needs):
    dependencies = tuple(requires(need) for need in needs)
    return Driver(name, process=Process((*sys.argv[2:], script), "log:up"), dependencies=dependencies)

async def main():
    drivers = eval(sys.argv[1])
    report = await Executor(DependencyGraph(drivers).collapse()).start()
    print("up" if report.ok else report.root_causes, flush=True)
    await asyncio.sleep(1000)
asyncio.run(main())
"""
#: Overwrites its environment with its title, as nginx, Redis and PostgreSQL do: no tag is left in it.
HIDES = """
import ctypes, os, signal
with open("/proc/self/stat", "rb") as file:
    begin, end = map(int, file.read().rsplit(b")", 1)[1].split()[47:49])
ctypes.memset(begin, 0, end - begin)
{more}
print("up")
signal.pause()
"""
LEAVES = """
if os.fork() == 0:
    os.setsid()
    signal.pause()
"""


def guards(of: int = 0) -> list[int]:
    """Return the guards that a process started: this one, where none is named."""
    found = []
    for folder in Path("/proc").iterdir():
        one = read_process(int(folder.name)) if folder.name.isdigit() else None
        ours = one is not None and one.parent == (of or os.getpid())
        if ours and any(entry.startswith(GUARD.encode()) for entry in environment_of(int(folder.name))):
            found.append(int(folder.name))
    return found


class Runs:
    """A program that brings drivers up, and can be killed."""

    def __init__(self) -> None:
        self.started: list[subprocess.Popen[str]] = []

    def __call__(self, drivers: str, *command: str) -> subprocess.Popen[str]:
        arguments = [sys.executable, "-c", RUNS, drivers, *(command or ("sh", "-c"))]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        self.started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process


@pytest.fixture
def runs() -> Iterator[Runs]:
    runs = Runs()
    yield runs
    for process in runs.started:
        process.kill()
        process.communicate()


def ends(one: ProcessInfo) -> bool:
    """Wait for its end, and see to it."""
    latest = time.monotonic() + 20
    while is_alive(one.pid, one.started) and time.monotonic() < latest:
        time.sleep(0.01)
    ended = not is_alive(one.pid, one.started)
    signal_process(one, signal.SIGKILL)
    return ended


def test_a_killed_run_leaves_nothing(runs: Runs, trace: Trace) -> None:
    process = runs("[driver('a', 'echo up; exec sleep 1000'), driver('b', 'sleep 1000 & echo up; wait', 'a')]")
    assert len(trace.left()) == 4
    process.kill()
    process.wait()
    assert trace.nothing_is_left()


def test_sessions_are_stopped_as_their_drivers_would_have_been(runs: Runs, tmp_path: Path, trace: Trace) -> None:
    told = tmp_path / "told"
    script = f'trap "echo {{}} >> {told}; exit" TERM; echo up; while :; do sleep 0.02; done'
    a, b = script.format("a"), script.format("b")
    process = runs(f"[driver('b', {b!r}, 'a'), driver('a', {a!r})]")
    process.kill()
    process.wait()
    assert trace.nothing_is_left()
    assert told.read_text().split() == ["b", "a"]


@pytest.mark.parametrize("more", ["", LEAVES])
def test_a_process_that_hides_is_found(runs: Runs, trace: Trace, tmp_path: Path, more: str) -> None:
    """Without tags, it is found by its session and its parents."""
    pid = tmp_path / "pid"
    script = HIDES.format(more=f"open({str(pid)!r}, 'w').write(str(os.getpid()))\n{more}")
    process = runs(f"[driver('a', {script!r})]", sys.executable, "-u", "-c")
    hidden = read_process(int(pid.read_text()))
    assert hidden is not None
    process.kill()
    process.wait()
    assert ends(hidden)
    assert trace.nothing_is_left()


def test_a_process_that_hides_without_output_is_found_by_its_session(runs: Runs, trace: Trace, tmp_path: Path) -> None:
    """Which the guard is reported a moment after it started."""
    pid = tmp_path / "pid"
    mute = "print('up'); silence = os.open('/dev/null', os.O_WRONLY); os.dup2(silence, 1); os.dup2(silence, 2)"
    script = HIDES.format(more=f"open({str(pid)!r}, 'w').write(str(os.getpid()))\n{mute}")
    process = runs(f"[driver('a', {script!r})]", sys.executable, "-u", "-c")
    hidden = read_process(int(pid.read_text()))
    assert hidden is not None
    time.sleep(BATCH_DELAY_S * 2)
    process.kill()
    process.wait()
    assert ends(hidden)


def test_a_session_of_unknown_leader_has_its_time_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orphan_guard_stop, "STRAY_GRACE_S", 0.05)
    told = tmp_path / "told"
    script = f'trap "sleep 0.4; echo stopped > {told}; exit 0" TERM; echo; while :; do sleep 0.02; done'
    reader, writer = os.pipe()
    with subprocess.Popen(["/bin/sh", "-c", script], stdout=writer, start_new_session=True) as process:
        os.close(writer)
        os.read(reader, 1)
        state = GuardState()
        state.sessions["0"] = Session(signal.SIGTERM, b"a", (reader,))
        orphan_guard_stop.GuardStop(ProcessTable("no run", state), state).run()
        assert process.wait() == 0
    os.close(reader)
    assert told.read_text() == "stopped\n"


def test_the_guard_stops_in_the_order_of_the_plan(runs: Runs, tmp_path: Path, trace: Trace) -> None:
    """Also by way of a driver that is no process, and whatever the order in which they started."""
    told = tmp_path / "told"
    script = f'trap "echo {{}} >> {told}; exit" TERM; echo up; while :; do sleep 0.02; done'
    a, b, c = map(script.format, "abc")
    between = "Driver('x', dependencies=(requires('a'),))"
    drivers = f"driver('b', {b!r}, 'x'), driver('c', {c!r}, 'b'), {between}, driver('a', {a!r})"
    process = runs(f"[{drivers}]")
    process.kill()
    process.wait()
    assert trace.nothing_is_left()
    assert told.read_text().split() == ["c", "b", "a"]


RELOADS = """
import asyncio, sys
from tierdeps import DependencyGraph, Driver, Executor
from tierdeps.model import Process, after

def plan(*needs):
    a, b = (Process(("sh", "-c", script), "log:up") for script in sys.argv[1:])
    return DependencyGraph([Driver("a", process=a), Driver("b", process=b, dependencies=needs)]).collapse()

async def main():
    executor = Executor(plan())
    await executor.start()
    assert (await executor.reload(plan(after("a")))).ok
    print("up", flush=True)
    await asyncio.sleep(1000)
asyncio.run(main())
"""


def test_a_reload_informs_the_guard_of_another_order(tmp_path: Path, trace: Trace) -> None:
    """What stays up is stopped as the new plan says: a waits, though b takes its time."""
    told = tmp_path / "told"
    script = f'trap "{{0}}; echo {{1}} >> {told}; exit" TERM; echo up; while :; do sleep 0.02; done'
    scripts = script.format("true", "a"), script.format("sleep 0.5", "b")
    with subprocess.Popen([sys.executable, "-c", RELOADS, *scripts], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.kill()
    assert trace.nothing_is_left()
    assert told.read_text().split() == ["b", "a"]


def test_those_without_an_order_are_stopped_side_by_side(runs: Runs, tmp_path: Path, trace: Trace) -> None:
    """Each waits for all others to have been asked."""
    script = (
        f'trap "touch {tmp_path}/{{0}}.asked; until test \\$(ls {tmp_path} | wc -l) = 4; do sleep 0.02; done;'
        f' mv {tmp_path}/{{0}}.asked {tmp_path}/{{0}}.ended; exit" TERM; echo up; while :; do sleep 0.02; done'
    )
    drivers = ", ".join(f"driver({name!r}, {script.format(name)!r})" for name in "abcd")
    process = runs(f"[{drivers}]")
    process.kill()
    process.wait()
    assert trace.nothing_is_left()
    assert sorted(path.name for path in tmp_path.glob("*.ended")) == [f"{name}.ended" for name in "abcd"]


DEAF = "trap '' TERM; echo up; while :; do sleep 0.02; done"


@pytest.fixture
def powerless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no signal of this process reach any other one, but for those of the guard's."""
    monkeypatch.setattr(child, "signal_group", lambda group, number: None)
    monkeypatch.setattr(child, "signal_process", lambda one, number: None)
    monkeypatch.setattr(child.Child, "kill", lambda self: None)


@pytest.mark.usefixtures("powerless")
def test_what_a_stop_could_not_end_is_reported_and_left_to_the_guard(trace: Trace) -> None:
    report = run(Driver("web", process=Process(("sh", "-c", DEAF), "log:up")), stop_timeout=1)
    assert not report.ok
    assert not report["web"].stopped
    assert "still run" in report["web"].stop_error
    assert "the guard" in report["web"].stop_error
    assert trace.nothing_is_left()
    latest = time.monotonic() + 20
    while guards() and time.monotonic() < latest:
        time.sleep(0.01)
    assert guards() == []


@pytest.mark.usefixtures("powerless")
def test_only_what_could_not_be_stopped_is_left_to_the_guard(trace: Trace, tmp_path: Path) -> None:
    """What a library leaves running on purpose runs on."""

    async def main() -> list[int]:
        host, run = Host(), ProcessRun()
        kept, ended = (ProcessLifecycle(Process(("sh", "-c", DEAF), "log:up"), run) for _ in range(2))
        await kept.start(host.context(driver="kept"))
        await ended.start(host.context(driver="ended"))
        await ended.stop(host.context("stop", 0.2, driver="ended"))
        with pytest.raises(ProcessError, match="still run"):
            await ended.cleanup(host.context("cleanup", 0.2, driver="ended"))
        run.close()
        children = (kept._instance, ended._instance)
        return [one.child.pid for one in children if one is not None and one.child is not None]

    kept, ended = asyncio.run(main())
    os.waitpid(ended, 0)
    assert [one.session for one in trace.left() if one.pid == kept] == [kept]
    trace.kill()
    os.waitpid(kept, 0)


def test_a_guard_that_is_replaced_knows_all_that_the_first_one_did(runs: Runs, tmp_path: Path, trace: Trace) -> None:
    told = tmp_path / "told"
    script = f'trap "echo {{}} >> {told}; exit" TERM; echo up; while :; do sleep 0.02; done'
    a, b = map(script.format, "ab")
    process = runs(f"[driver('b', {b!r}, 'a'), driver('a', {a!r})]")
    (first,) = guards(process.pid)
    os.kill(first, signal.SIGKILL)
    latest = time.monotonic() + 20
    while guards(process.pid) in ([first], []) and time.monotonic() < latest:
        time.sleep(0.01)
    time.sleep(BATCH_DELAY_S * 2)
    process.kill()
    process.wait()
    assert trace.nothing_is_left()
    assert told.read_text().split() == ["b", "a"]


def test_messages_may_need_more_than_one_packet(runs: Runs, trace: Trace) -> None:
    many = "[driver(f'd{number}', 'echo up; exec sleep 1000') for number in range(40)]"
    last = "driver('last', 'echo up; exec sleep 1000', *(f'd{number}' for number in range(40)))"
    process = runs(f"{many} + [{last}]")
    process.kill()
    process.wait()
    assert trace.nothing_is_left()


def test_there_is_one_guard_and_it_is_gone_when_the_run_is_over() -> None:
    async def count(executor: Executor) -> None:
        assert len(guards()) == 1

    sleeps = Process(("sleep", "1000"))
    assert run(*(Driver(name, process=sleeps) for name in "abc"), then=count).ok
    assert guards() == []


def test_without_a_process_there_is_no_guard() -> None:
    async def count(executor: Executor) -> None:
        assert guards() == []

    assert run(Driver("a"), then=count).ok


def test_a_guard_ignores_signals_that_would_end_it() -> None:
    async def main() -> None:
        host, run = Host(), ProcessRun()
        lifecycle = ProcessLifecycle(Process(("sleep", "1000")), run)
        await lifecycle.start(host.context())
        (only,) = guards()
        ignored = (1 << signal.SIGTERM - 1) | (1 << signal.SIGINT - 1) | (1 << signal.SIGHUP - 1)
        await until(lambda: ignoring(only) & ignored == ignored)
        assert os.getsid(only) == only
        await lifecycle.stop(host.context("stop"))
        run.close()

    asyncio.run(main())


def ignoring(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1], 16) for line in lines if line.startswith("SigIgn"))


def test_a_guard_that_is_killed_is_replaced(runs: Runs, trace: Trace) -> None:
    async def main() -> None:
        host, run = Host(), ProcessRun()
        lifecycle = ProcessLifecycle(Process(("sleep", "1000")), run)
        await lifecycle.start(host.context())
        (first,) = guards()
        os.kill(first, signal.SIGKILL)
        await until(lambda: guards() not in ([first], []))
        await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        run.close()
        assert guards() == []

    asyncio.run(main())


def test_what_a_library_leaves_is_left_to_itself(trace: Trace) -> None:
    async def main() -> None:
        plan = DependencyGraph([Driver("a", process=Process((*PYTHON, "import signal; signal.pause()")))]).collapse()
        executor = Executor(plan)
        await executor.start()
        executor.release()
        assert guards() == []
        assert len(trace.left()) == 1

    asyncio.run(main())
    assert len(trace.left()) == 1
    trace.kill()
    os.waitpid(-1, 0)
