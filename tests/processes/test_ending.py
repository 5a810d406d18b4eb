"""A process that ended before its stop reached it has failed, whichever part of the run sees that first."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import Host, Trace, run, timeless, until
from tierdeps import DependencyGraph, Driver, Executor, LostError, requires
from tierdeps.model import Event, OnFailure, Process, State, StepEvent
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.run import ProcessRun
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tierdeps.model import Report

#: Ends as the content of a file says.
OBEYS = "echo $$ > {pid}; echo up; until test -s {orders}; do sleep 0.01; done; eval $(cat {orders})"
#: Does not end on SIGTERM before there is a mark.
LINGERS = (
    "trap 'touch {asked}; until test -e {mark}; do sleep 0.01; done; exit 0' TERM; echo up;"
    " while :; do sleep 0.01; done"
)
ORDERS = ["exit 0", "exit 3", "kill -KILL $$", "exec false"]
REASONS = {
    "exit 0": "the process exited with code 0, T after it started; last output: up",
    "exit 3": "the process exited with code 3, T after it started; last output: up",
    "kill -KILL $$": "the process was killed by SIGKILL, T after it started; last output: up",
    "exec false": "the process exited with code 1, T after it started; last output: up",
}


class Listener(Reporter):
    """Calls functions at the events of interest."""

    def event(self, event: Event) -> None:
        if event.state is State.FAILED:
            self.failed()
        elif event.state is State.READY and event.mark is StepEvent.RETRIED:
            self.restarting()
        elif event.state is State.READY and event.mark is StepEvent.DONE:
            self.restarted()

    def failed(self) -> None: ...
    def restarting(self) -> None: ...
    def restarted(self) -> None: ...


class Obedient:
    """A process that ends on request."""

    def __init__(self, folder: Path, name: str, **more: object) -> None:
        self.pid, self.orders = folder / f"{name}.pid", folder / f"{name}.orders"
        script = OBEYS.format(pid=self.pid, orders=self.orders)
        self.process = Process(("sh", "-c", script), "log:up", **more)  # type: ignore[arg-type]

    def tell(self, order: str) -> None:
        """Tell it how to end."""
        self.orders.write_text(order)

    def is_over(self) -> None:
        """Block until it has ended, so that the loop does not come to see it."""
        os.waitid(os.P_PID, int(self.pid.read_text()), os.WEXITED | os.WNOWAIT)


@pytest.mark.parametrize("order", ORDERS)
def test_an_end_that_only_the_stop_sees_is_a_loss(tmp_path: Path, order: str) -> None:
    obedient = Obedient(tmp_path, "web")

    async def main() -> None:
        host, shared = Host(), ProcessRun()
        lifecycle = ProcessLifecycle(obedient.process, shared)
        await lifecycle.start(host.context())
        obedient.tell(order)
        obedient.is_over()
        with pytest.raises(LostError) as caught:
            await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        shared.close()
        assert timeless(str(caught.value)) == REASONS[order]
        assert host.lost_ones == []

    asyncio.run(main())


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("policy", OnFailure)
def test_a_run_whose_process_ended_just_before_the_stop_failed(tmp_path: Path, order: str, policy: OnFailure) -> None:
    obedient = Obedient(tmp_path, "web")

    async def then(executor: Executor) -> None:
        obedient.tell(order)
        obedient.is_over()

    other = Driver("other", process=Process(("sleep", "1000"), settle=0))
    report = run(Driver("web", process=obedient.process), other, then=then, on_failure=policy)
    assert (report["web"].state, timeless(report["web"].reason)) == (State.FAILED, REASONS[order])
    assert (report["web"].stopped, report["web"].stop_error) == (True, "")
    assert report.ok is (policy is OnFailure.IGNORE)


def test_a_process_that_is_stopped_has_not_failed_whatever_it_exits_with() -> None:
    for script in ("trap 'exit 3' TERM; echo up; while :; do sleep 0.01; done", "echo up; exec sleep 1000"):
        assert run(Driver("web", process=Process(("sh", "-c", script), "log:up"))).ok


def while_another_stops(
    folder: Path, *drivers: Driver, then: Callable[[], Awaitable[object]], **options: object
) -> Report:
    """Stop drivers, and do something while what requires all of them does not end."""
    asked, mark = folder / "asked", folder / "mark"
    script = LINGERS.format(asked=asked, mark=mark)
    needed = tuple(requires(driver.name) for driver in drivers)
    lingering = Driver("lingering", dependencies=needed, process=Process(("sh", "-c", script), "log:up"))

    async def stop(executor: Executor) -> None:
        executor.request_stop()
        await until(asked.exists)
        await then()
        mark.touch()

    return run(*drivers, lingering, then=stop, **options)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("policy", OnFailure)
def test_an_end_while_another_is_being_stopped_is_a_failure(tmp_path: Path, order: str, policy: OnFailure) -> None:
    obedient = Obedient(tmp_path, "db")

    async def then() -> None:
        obedient.tell(order)
        obedient.is_over()

    report = while_another_stops(tmp_path, Driver("db", process=obedient.process), then=then, on_failure=policy)
    assert (report["db"].state, timeless(report["db"].reason)) == (State.FAILED, REASONS[order])
    assert report["lingering"].state is State.READY
    assert report["lingering"].stopped
    assert report.ok is (policy is OnFailure.IGNORE)
    assert not report.interrupted


def test_each_of_several_that_end_at_once_has_failed(tmp_path: Path) -> None:
    several = [Obedient(tmp_path, f"d{number}") for number in range(4)]

    async def then() -> None:
        for one in several:
            one.tell("exit 3")
        for one in several:
            one.is_over()

    drivers = [Driver(f"d{number}", process=one.process) for number, one in enumerate(several)]
    report = while_another_stops(tmp_path, *drivers, then=then)
    assert [outcome.driver for outcome in report.root_causes] == ["d0", "d1", "d2", "d3"]
    assert {timeless(outcome.reason) for outcome in report.root_causes} == {REASONS["exit 3"]}


def test_a_sigkill_from_outside_is_a_failure(tmp_path: Path, trace: Trace) -> None:
    obedient = Obedient(tmp_path, "db")

    async def then() -> None:
        os.kill(int(obedient.pid.read_text()), signal.SIGKILL)
        obedient.is_over()

    report = while_another_stops(tmp_path, Driver("db", process=obedient.process), then=then)
    assert timeless(report["db"].reason) == REASONS["kill -KILL $$"]
    assert not trace.left()


def test_one_that_comes_back_before_its_stop_has_not_failed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"echo $$ >> {pids}; echo up; exec sleep 1000"
    db = Driver(
        "db", process=Process(("sh", "-c", script), "log:up", restart="on-failure", restart_backoff=0, settle=0)
    )
    told: list[str] = []

    class Listens(Listener):
        def restarted(self) -> None:
            told.append("ready again")

    async def then() -> None:
        os.kill(int(pids.read_text().split()[0]), signal.SIGKILL)
        await until(lambda: told)

    assert while_another_stops(tmp_path, db, then=then, reporters=(Listens(),)).ok


def test_one_that_has_no_chance_left_while_others_are_being_stopped_has_failed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"echo $$ >> {pids}; test $(wc -l < {pids}) = 1 || exit 7; echo up; exec sleep 1000"
    db = Driver(
        "db", process=Process(("sh", "-c", script), "log:up", restart="on-failure", restart_limit=2, restart_backoff=0)
    )
    told: list[str] = []

    class Listens(Listener):
        def failed(self) -> None:
            told.append("failed")

    async def then() -> None:
        os.kill(int(pids.read_text().split()[0]), signal.SIGKILL)
        await until(lambda: told)

    report = while_another_stops(tmp_path, db, then=then, reporters=(Listens(),))
    assert report["db"].reason == "the process exited with code 7 before it was ready (restarted 2 times)"
    assert not report.ok


def test_one_that_waits_for_its_next_chance_when_it_is_stopped_has_failed(tmp_path: Path) -> None:
    obedient = Obedient(tmp_path, "db", restart="on-failure", restart_backoff=1000.0)
    told: list[str] = []

    class Listens(Listener):
        def restarting(self) -> None:
            told.append("restarting")

    async def then() -> None:
        obedient.tell("exit 3")
        await until(lambda: told)

    db = Driver("db", process=obedient.process)
    report = while_another_stops(tmp_path, db, then=then, reporters=(Listens(),))
    assert timeless(report["db"].reason) == (
        f"{REASONS['exit 3']}; restart 1 of 5 had not succeeded when it was stopped"
    )


def test_a_step_that_ended_well_has_not_failed(tmp_path: Path) -> None:
    step = Driver("step", process=Process(("true",), "exit"))

    async def then() -> None: ...

    assert while_another_stops(tmp_path, step, then=then).ok


@pytest.mark.parametrize(("order", "state"), [("exit 0", State.STARTING), ("exit 3", State.FAILED)])
def test_a_step_that_ends_when_it_is_interrupted_has_failed_where_it_ended_badly(
    tmp_path: Path, order: str, state: State
) -> None:
    obedient = Obedient(tmp_path, "step")
    step = Process(obedient.process.command, "exit")

    async def main() -> Report:
        executor = Executor(DependencyGraph([Driver("step", process=step)]).collapse())
        starting = asyncio.create_task(executor.start())
        await until(lambda: obedient.pid.exists() and obedient.pid.read_text())
        obedient.tell(order)
        obedient.is_over()
        report = await executor.stop()
        await starting
        return report

    report = asyncio.run(main())
    assert report["step"].state is state
    assert report.interrupted
