"""A process has to stay up before it counts as ready."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import Host, Trace, run, start, timeless, until
from tierdeps import DependencyGraph, Driver, Executor, requires
from tierdeps.model import Event, Policy, Process, State, StepEvent
from tierdeps.processes.errors import ProcessError
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.readiness import TimeBudget, wait_until_ready
from tierdeps.processes.run import ProcessRun
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps.processes.child import Child
    from tierdeps.processes.readiness import ReadinessCheck

#: Longer than anything takes here, even where much else runs.
LONG = 600.0
STEP = ': one that is to end has ready = "exit"'


def sh(script: str, ready: str | None = None, settle: float | None = None) -> Process:
    return Process(("sh", "-c", script), ready, settle=settle)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exit 0", f"exited with code 0, T after it started{STEP}"),
        ("exit 3", "exited with code 3, T after it started"),
        ("echo one; echo two >&2; exit 3", "exited with code 3, T after it started; last output: one | two"),
        ("kill -KILL $$", "was killed by SIGKILL, T after it started"),
        ("exec false", "exited with code 1, T after it started"),
        ("sleep 1000 & exit 0", f"exited with code 0, T after it started{STEP}"),
        ("sleep 0.2; exit 1", "exited with code 1, T after it started"),
    ],
)
def test_one_that_ends_has_failed(script: str, reason: str) -> None:
    assert timeless(start(sh(script, settle=LONG), timeout=LONG * 2)) == f"the process {reason}"


@pytest.mark.parametrize("program", ["true", "false"])
def test_without_a_check_it_has_to_stay_up_for_the_settle_time(program: str) -> None:
    assert "after it started" in start(Process((program,)))


@pytest.mark.parametrize(("settle", "waits"), [(0, False), (None, True), (LONG, True)])
def test_it_may_count_as_ready_at_once(settle: float | None, *, waits: bool) -> None:
    """Then its start is over before anything else has its turn."""

    async def main() -> None:
        host, shared = Host(), ProcessRun()
        lifecycle = ProcessLifecycle(Process(("sleep", "1000"), settle=settle), shared)
        starting = lifecycle.start(host.context(seconds=LONG * 2))
        try:
            starting.send(None)
        except StopIteration:
            assert not waits
        else:
            assert waits
        starting.close()
        await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        shared.close()

    asyncio.run(main())


def test_it_has_to_stay_up_for_no_longer_than_it_has_to_become_ready() -> None:
    reason = start(Process(("sh", "-c", "echo up; exec sleep 1000"), settle=LONG), timeout=0.5)
    assert reason == (
        "the process was not ready within 0.5 s (settle): it has to stay up for 600 s first;"
        " give it a longer timeout; last output: up"
    )


def test_one_that_seems_ready_may_have_to_stay_up_too() -> None:
    reason = start(sh("echo up; sleep 0.2; exit 1", "log:up", LONG), timeout=LONG * 2)
    assert timeless(reason) == "the process exited with code 1, T after it started; last output: up"


def test_dependents_of_a_process_that_exits_do_not_start(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    web = Driver("web", dependencies=(requires("db"),), process=Process(("touch", str(mark)), "exit"))
    report = run(Driver("db", process=Process(("false",), settle=LONG)), web, timeout=LONG * 2, on_failure="isolate")
    assert (report["db"].state, report["web"].state) == (State.FAILED, State.BLOCKED)
    assert not mark.exists()


def test_it_may_be_tried_again(tmp_path: Path) -> None:
    file = tmp_path / "file"
    script = f"echo x >> {file}; test $(wc -l < {file}) = 1 && exit 1; exec sleep 1000"
    web = Driver("web", process=sh(script, settle=0.5), policy=Policy(retries=1, backoff=0.01))
    assert run(web).ok
    assert len(file.read_text().split()) == 2


def test_a_restarted_one_has_to_stay_up_too(tmp_path: Path) -> None:
    """Were it ready again at once, it would have all its chances again."""
    file, host = tmp_path / "file", Host()
    process = Process(
        ("sh", "-c", f"echo x >> {file}; test $(wc -l < {file}) = 1 && sleep 1; exit 1"),
        restart="on-failure",
        restart_limit=2,
        restart_backoff=0,
    )

    async def main() -> None:
        shared = ProcessRun()
        lifecycle = ProcessLifecycle(process, shared)
        await lifecycle.start(host.context())
        await until(lambda: host.lost_ones)
        await lifecycle.cleanup(host.context("cleanup"))
        shared.close()

    asyncio.run(main())
    assert None not in host.restarted
    assert len(file.read_text().split()) == 3


class Marks(Reporter):
    """Records the events of phases and states."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def event(self, event: Event) -> None:
        if event.mark is StepEvent.STARTED or event.state is State.READY:
            self.told.append("begun" if event.mark is StepEvent.STARTED else "ready")


def test_processes_of_a_stage_settle_together() -> None:
    marks = Marks()
    drivers = [Driver(f"d{number}", process=Process(("sleep", "1000"), settle=3)) for number in range(4)]
    assert run(*drivers, reporters=(marks,)).ok
    assert marks.told[:8] == ["begun"] * 4 + ["ready"] * 4


@pytest.mark.parametrize("ready", [None, "log:up"])
def test_a_stop_does_not_wait_until_it_has_settled(trace: Trace, ready: str | None) -> None:
    async def main() -> None:
        driver = Driver("web", process=sh("echo up; exec sleep 1000", ready, LONG))
        executor = Executor(DependencyGraph([driver]).collapse(), timeout=LONG * 2)
        starting = asyncio.create_task(executor.start())
        await until(trace.left)
        async with asyncio.timeout(LONG / 10):
            report = await executor.stop()
        assert (report["web"].state, report["web"].stopped) == (State.STARTING, True)
        await starting

    asyncio.run(main())


def test_it_settles_from_its_start_on_where_it_has_several_phases(tmp_path: Path) -> None:
    """The time that other phases take counts; what ended meanwhile has failed."""
    mark = tmp_path / "mark"
    web = Driver("web", phases=("spawn", "serve"), process=sh(f"touch {mark}; exit 1", settle=0))
    wait = sh(f"until test -e {mark}; do sleep 0.01; done; sleep 0.5", "exit")
    step = Driver("step", dependencies=(requires("web:spawn"),), process=wait)
    last = Driver("web", phases=web.phases, dependencies=(requires("step", phase="serve"),), process=web.process)
    report = run(last, step)
    assert timeless(report["web"].reason) == "the process exited with code 1, T after it started"


def test_an_end_just_when_it_seems_ready_is_no_readiness() -> None:
    """The loop has not come to say so yet."""

    class Late:
        problem = ""

        async def wait(self, child: Child) -> None:
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # noqa: ASYNC222  the loop is to miss it

    async def main() -> None:
        shared, check = ProcessRun(), Late()
        process = sh("echo up; exit 3", "log:up")
        child = shared.spawn("web", process, shared.spawn_options("web", process))
        with pytest.raises(ProcessError, match="exited with code 3 before it was ready; last output: up"):
            await wait_until_ready(child, _as_check(check), "log:up", TimeBudget(LONG, LONG))
        child.output.close()
        shared.close()

    def _as_check(check: ReadinessCheck) -> ReadinessCheck:
        return check

    asyncio.run(main())
