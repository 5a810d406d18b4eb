"""Engines that raise, drivers that are only named, and phases that never wait."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.executor.conftest import Recorder
from tests.executor.test_events import lines, run
from tests.executor.test_losing import losing
from tests.executor.test_unexpected import torn
from tierdeps import Driver, Executor, Lifecycle, requires
from tierdeps.clock import run_virtually
from tierdeps.engines import Engine
from tierdeps.engines.local import ENGINE, INLINE
from tierdeps.graph import DependencyGraph
from tierdeps.model import OnCancel, Outcome, Policy, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.executor.conftest import World
    from tierdeps.engines import Done, Handle, Worker
    from tierdeps.lifecycle import Context
    from tierdeps.model import Event, PlannedDriver, Report

STARTED: list[str] = []


class Named(Lifecycle):
    async def start(self, context: Context) -> None:
        STARTED.append(context.driver)


class Phased(Lifecycle):
    async def initialize(self, context: Context) -> None: ...

    async def autostart(self, context: Context) -> None: ...


class Refusing:
    """A worker that refuses some things of some drivers."""

    def __init__(self, *refused: str) -> None:
        self._worker: Worker = INLINE.open()
        self._refused = refused

    def _check(self, what: str) -> None:
        if what in self._refused:
            raise ZeroDivisionError(f"no {what}")

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:
        self._check(f"import {driver.name}")
        return self._worker.import_class(driver, done)

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:
        self._check(f"instantiate {driver.name}")
        return self._worker.instantiate(driver)

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        self._check(f"{method} {context.driver}")
        return self._worker.invoke(lifecycle, method, context, done)

    def close(self) -> None:
        self._worker.close()


@pytest.mark.parametrize("jobs", [None, 1])
def test_an_engine_that_refuses_a_driver_fails_it_for_that_reason(world: World, jobs: int | None) -> None:
    reference = f"{__name__}:Named"
    plan = world.plan(
        [
            Driver("a", lifecycle=reference),
            Driver("b", lifecycle=Named),
            Driver("c", lifecycle=Named),
            Driver("d", lifecycle=reference),
            Driver("e", lifecycle=Named, dependencies=(requires("c"),)),
        ]
    )
    engine = Engine("refusing", "", lambda: Refusing("import a", "instantiate b", "start c", "stop d"))

    async def main() -> Report:
        executor = Executor(plan, engine=engine, reporters=(world.recorder,), on_failure="isolate", jobs=jobs)
        await executor.start()
        return await executor.stop()

    report = run_virtually(main())
    assert report.engine == "refusing"
    assert report["a"].reason == "ZeroDivisionError: no import a"
    assert report["b"].reason == "ZeroDivisionError: no instantiate b"
    assert report["c"].reason == "ZeroDivisionError: no start c"
    assert (report["a"].begun, report["b"].begun, report["c"].begun) == (False, False, True)
    assert report["d"].stop_error == "ZeroDivisionError: no stop d"
    assert (report["e"].state, report["e"].cause) == (State.BLOCKED, ("c",))


@pytest.mark.parametrize("engine", [ENGINE, INLINE])
def test_a_driver_that_is_only_named_is_imported_and_started(engine: Engine) -> None:
    STARTED.clear()
    plan = DependencyGraph([Driver("a", lifecycle=f"{__name__}:Named")]).collapse()

    async def main() -> Report:
        executor = Executor(plan, engine=engine)
        report = await executor.start()
        await executor.stop()
        return report

    assert asyncio.run(main()).ready
    assert STARTED == ["a"]


@pytest.mark.parametrize("listens", [True, False])
def test_each_phase_that_never_waits_is_reported_and_timed(world: World, *, listens: bool) -> None:
    drivers = [
        Driver("a", lifecycle=Phased, phases=("initialize", "autostart")),
        Driver("b", lifecycle=Named, dependencies=(requires("a"),)),
    ]

    async def main() -> Report:
        reporters = (world.recorder,) if listens else ()
        executor = Executor(world.plan(drivers), engine=INLINE, reporters=reporters)
        report = await executor.start()
        await executor.stop()
        return report

    report = run_virtually(main())
    assert (report["a"].timings, report["b"].timings) == ((0.0, 0.0), (0.0,))
    told = [] if not listens else [
        "0 a starting",
        "0 a starting initialize begun",
        "0 a starting initialize done",
        "0 a starting autostart begun",
        "0 a starting autostart done",
        "0 a ready",
        "0 a stopping",
        "0 a stopped",
    ]  # fmt: skip
    assert lines(world, "a") == told


def test_a_driver_of_several_phases_is_blocked_in_all_of_them(world: World) -> None:
    async def fail(context: Context) -> None:
        raise ValueError("no")

    world.deeds["a:start"] = world.deeds["z:start"] = fail
    plan = world.plan(
        [
            world.driver("a"),
            world.driver("z"),
            world.driver("b", requires("a", phase="initialize"), phases=("initialize", "autostart")),
            world.driver("c", requires("b:autostart")),
            world.driver("d", requires("b:initialize")),
        ]
    )
    report = world.start(plan, on_failure="isolate")
    for name in "bcd":
        assert (report[name].cause, report[name].reason) == (("a",), "it requires a, which failed")
    assert world.log == ["a:start", "z:start"]


def test_several_skips_and_failures_are_all_named(world: World) -> None:
    async def fail(context: Context) -> None:
        raise ValueError("no")

    async def no_disk(context: Context) -> str:
        return "no disk"

    phases = ("initialize", "autostart")
    world.deeds.update({"a:probe": no_disk, "b:probe": no_disk, "c:start": fail, "d:start": fail})
    plan = world.plan(
        [
            *(world.driver(name) for name in "abcd"),
            world.driver("few", requires("a", skipped="block")),
            world.driver(
                "skips", *(requires(name, phase="autostart", skipped="block") for name in "ab"), phases=phases
            ),
            world.driver("fails", requires("c", phase="autostart"), requires("d", phase="autostart"), phases=phases),
        ]
    )
    report = world.start(plan, on_failure="isolate")
    assert report["few"].reason == "it requires a, which was skipped: no disk"
    assert report["skips"].reason == "it requires a, b, which were skipped"
    assert report["fails"].reason == "it requires c, d, which failed"
    assert (report["skips"].cause, report["fails"].cause) == (("a", "b"), ("c", "d"))


def test_an_adopted_driver_is_found_by_those_that_need_it(world: World) -> None:
    found: list[object] = []

    async def yes(context: Context) -> bool:
        return True

    async def look(context: Context) -> None:
        found.append(context.get("a"))

    world.deeds.update({"a:adopt": yes, "b:start": look, "b:stop": look})
    assert world.start_and_stop(world.plan([world.driver("a"), world.driver("b", requires("a"))])).ok
    assert found[0] is found[1] is not None


def test_what_lost_it_in_its_second_phase_is_interrupted_there(world: World) -> None:
    losing(world, "a", 2.5, "gone")
    phases = ("initialize", "autostart")
    world.deeds["b:autostart"] = lambda _: asyncio.sleep(100)
    plan = world.plan(
        [
            world.driver("a"),
            world.driver("b", requires("a", phase="initialize"), phases=phases),
            world.driver("c", requires("b:autostart", phase="autostart"), phases=phases),
        ]
    )
    report = run(world, plan, on_failure="isolate")
    assert lines(world, "b")[4:] == [
        "2.5 b starting autostart cancelled: it requires a, which was lost: gone",
        "2.5 b blocked: it requires a, which was lost: gone",
        "3.5 b stopping",
        "4.5 b stopped",
    ]
    assert report["c"].cause == ("a",)
    assert (report["b"].stopped, report["c"].stopped) == (True, True)


def test_a_second_phase_that_fails_after_that_is_no_cause(world: World) -> None:
    async def fail(context: Context) -> None:
        await asyncio.sleep(1)
        raise ConnectionError("gone too")

    losing(world, "a", 2.5, "gone")
    world.deeds["b:autostart"] = fail
    policy = Policy(on_cancel=OnCancel.WAIT, retries=3)
    needs = requires("a", phase="initialize")
    plan = world.plan([world.driver("a"), world.driver("b", needs, phases=("initialize", "autostart"), policy=policy)])
    report = run(world, plan, on_failure="isolate")
    assert lines(world, "b")[4:] == [
        "3 b starting autostart failed: ConnectionError: gone too",
        "3 b blocked: it requires a, which was lost: gone",
        "3 b stopping",
        "4 b stopped",
    ]
    assert [outcome.driver for outcome in report.root_causes] == ["a"]


def test_a_reporter_that_requests_a_stop_at_the_start_of_the_run_starts_nothing(world: World) -> None:
    class Stopping(Recorder):
        ask: Callable[[], None]

        def event(self, event: Event) -> None:
            super().event(event)
            if event.driver == "b" and event.state is State.STARTING:
                self.ask()

    recorder = Stopping()
    world.recorder = recorder

    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a"), world.driver("b", requires("a"))]))
        recorder.ask = executor.request_stop
        await executor.start()
        return await executor.stop()

    report = run_virtually(main())
    assert "b:start" not in world.log
    assert (report["b"].state, report["b"].reason) == (State.PENDING, "the stop came before start")
    assert (report["b"].traceback, report["b"].begun, report.problem) == ("", False, "")
    assert world.stops == ["a"]


@pytest.mark.parametrize("verb", ["probe", "adopt", "cleanup"])
def test_what_ends_before_the_phases_in_the_moment_of_a_failure_starts_nothing(world: World, verb: str) -> None:
    async def fail(context: Context) -> None:
        await asyncio.sleep(1)
        raise ValueError("no")

    async def end(context: Context) -> bool | None:
        await asyncio.sleep(1 + 5e-10)  # of one moment for the event loop, and behind the other one
        return False if verb == "adopt" else None

    world.deeds.update({"a:start": fail, f"b:{verb}": end})
    late = world.driver("b")
    late.lifecycle.cleanup_after_crash = True  # type: ignore[union-attr]  # it is a class here
    report = world.start(world.plan([world.driver("a"), late]), orphaned=["b"])
    assert "b:start" not in world.log
    assert report["b"] == Outcome("b", State.PENDING, report["b"].reason)
    assert world.stops == ["a"]
    assert report.problem == ""


def test_a_mistake_of_ours_after_a_failed_stop_is_reported_with_it(world: World) -> None:
    class Busy(Lifecycle):
        async def start(self, context: Context) -> None: ...

        async def stop(self, context: Context) -> None:
            raise ValueError("busy")

        async def cleanup(self, context: Context) -> None: ...

    report = world.start_and_stop(world.plan([Driver("a", lifecycle=Busy)]), settings=torn(2))
    assert report["a"].stop_error == "ValueError: busy; ZeroDivisionError: ours"


def test_an_end_that_belongs_to_no_driver_leaves_a_stop_in_its_order(world: World) -> None:
    async def main() -> tuple[Any, ...]:
        executor = world.executor(world.plan([world.driver("a"), world.driver("b", requires("a"))]))
        await executor.start()
        executor.request_stop()
        await asyncio.sleep(0.5)
        executor.crash(ValueError("ours"))
        executor.crash(ValueError("once more"))
        report = await executor.stop()
        return report, executor.crashes

    report, crashes = run_virtually(main())
    assert [str(error) for error in crashes] == ["ours", "once more"]
    assert lines(world)[-4:] == ["2 b stopping", "3 a stopping", "3 b stopped", "4 a stopped"]
    text = "an error of tierdeps itself ended the run: ValueError: "
    assert report.problem == f"{text}ours; {text}once more"


def test_a_stop_of_all_keeps_its_deadline_where_a_part_is_stopped_already(world: World) -> None:
    async def hang(context: Context) -> None:
        await asyncio.Event().wait()

    losing(world, "a", 5)
    world.deeds.update({"a:stop": hang, "slow:start": lambda _: asyncio.sleep(15)})
    world.deeds["slow:stop"] = lambda _: asyncio.sleep(0.5)
    plan = world.plan([world.driver("a", policy=Policy(stop_timeout=300)), world.driver("slow")])

    async def main() -> Report:
        executor = world.executor(plan, on_failure="isolate", deadline=20, stop_timeout=2)
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(16)  # the start is over but for the stop of what was lost
        executor.request_stop()
        return await start

    report = run_virtually(main())
    assert report["a"].stop_error == "a:stop did not end within 1 s"
    assert report["slow"].stopped
    assert report.seconds == pytest.approx(20 + 1 + 0.5)
