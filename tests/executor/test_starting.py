"""What starts when."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn

import pytest

from tierdeps.clock import run_virtually
from tierdeps.errors import DeclarationError, RunError
from tierdeps.model import Driver, Kind, Policy, State, StepEvent, after, requires, wants

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context


async def fail(context: Context) -> NoReturn:
    raise ValueError("no such pool")


def test_a_step_starts_as_soon_as_what_it_needs_is_done(world: World) -> None:
    async def long(context: Context) -> None:
        await asyncio.sleep(5)

    world.deeds["slow:start"] = long
    plan = world.plan(
        [world.driver("a"), world.driver("b", requires("a")), world.driver("slow"), world.driver("c", requires("b"))]
    )
    report = world.start(plan)
    assert report.ok
    assert report.seconds == pytest.approx(5)
    assert world.log.index("c:start done") < world.log.index("slow:start done")


def test_a_tier_starts_when_all_before_it_is_ready(world: World) -> None:
    plan = world.plan(
        [world.driver("late", tier="two"), world.driver("early", tier="one", phases=("initialize", "autostart"))],
        tiers=("one", "two"),
    )
    world.start(plan)
    assert world.log.index("early:autostart done") < world.log.index("late:start")


def test_drivers_may_need_each_other_in_different_phases(world: World) -> None:
    both = ("initialize", "autostart")
    storage = world.driver("storage", requires("qemu:initialize", phase="autostart"), phases=both)
    qemu = world.driver("qemu", requires("storage:initialize", phase="initialize"), phases=both)
    assert world.start(world.plan([storage, qemu])).ok
    done = [entry for entry in world.log if entry.endswith("done")]
    assert done[:2] == ["storage:initialize done", "qemu:initialize done"]


def test_order_passes_through_a_disabled_driver(world: World) -> None:
    plan = world.plan(
        [world.driver("a"), world.driver("middle", after("a")), world.driver("c", after("middle"))], disabled=["middle"]
    )
    report = world.start(plan)
    assert report["middle"].state is State.SKIPPED
    assert world.log == ["a:start", "a:start done", "c:start", "c:start done"]


def test_failure_passes_through_a_disabled_driver(world: World) -> None:
    world.deeds["a:start"] = fail
    plan = world.plan(
        [world.driver("a"), world.driver("middle", requires("a")), world.driver("c", requires("middle"))],
        disabled=["middle"],
    )
    report = world.start(plan, on_failure="isolate")
    assert report["c"].state is State.BLOCKED
    assert report["c"].cause == ("a",)


def test_order_passes_through_a_skipped_driver(world: World) -> None:
    async def skip(context: Context) -> str:
        return "no Xen here"

    world.deeds["xen:probe"] = skip
    plan = world.plan([world.driver("a"), world.driver("xen", after("a")), world.driver("c", requires("xen"))])
    report = world.start(plan)
    assert report.ok
    assert report["xen"].state is State.SKIPPED
    assert report["xen"].reason == "no Xen here"
    assert world.log.index("a:start done") < world.log.index("c:start")
    assert "xen:start" not in world.log


def test_an_adopted_driver_is_not_started(world: World) -> None:
    async def yes(context: Context) -> bool:
        return True

    world.deeds["a:adopt"] = yes
    report = world.start_and_stop(world.plan([world.driver("a"), world.driver("b", requires("a"))]))
    assert report["a"].state is State.ADOPTED
    assert world.stops == ["b"]
    assert "a:start" not in world.log


def test_a_failed_probe_is_a_failed_driver(world: World) -> None:
    world.deeds["a:probe"] = fail
    report = world.start(world.plan([world.driver("a")]))
    assert report["a"].reason == "probe: ValueError: no such pool"
    assert not report["a"].begun


def test_no_more_steps_run_at_a_time_than_jobs(world: World) -> None:
    running: list[int] = [0, 0]

    async def count(context: Context) -> None:
        running[0] += 1
        running[1] = max(running)
        await asyncio.sleep(1)
        running[0] -= 1

    world.deeds = {f"d{number}:start": count for number in range(9)}
    report = world.start(world.plan([world.driver(f"d{number}") for number in range(9)]), jobs=3)
    assert running[1] == 3
    assert report.seconds == pytest.approx(3)


def test_the_longest_way_goes_first_under_a_limit(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b"), world.driver("z"), world.driver("zz", requires("z"))])
    world.start(plan, jobs=1)
    assert world.log[0] == "z:start"


def test_known_durations_decide_which_way_is_longest(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b"), world.driver("z"), world.driver("zz", requires("z"))])
    world.start(plan, jobs=1, durations={"b:start": 10.0, "a:start": 0.1, "z:start": 0.1, "zz:start": 0.1})
    assert world.log[0] == "b:start"


def test_a_report_has_the_durations_for_the_next_run(world: World) -> None:
    report = world.start(world.plan([world.driver("a", phases=("initialize", "autostart"))]))
    assert report.durations == {"a:initialize": pytest.approx(1), "a:autostart": pytest.approx(1)}


def test_a_failed_phase_is_tried_again_after_growing_pauses(world: World) -> None:
    attempts: list[float] = []

    async def third_time(context: Context) -> None:
        attempts.append(asyncio.get_running_loop().time())
        if len(attempts) < 3:
            raise OSError("not yet")

    world.deeds["a:start"] = third_time
    report = world.start(world.plan([world.driver("a", policy=Policy(retries=2, backoff=4.0))]), seed=1)
    assert report.ok
    first, second = (later - earlier for earlier, later in pairwise(attempts))
    assert 2 <= first <= 4 <= second <= 8
    retried = [event for event in world.recorder.events if event.mark is StepEvent.RETRIED]
    assert "OSError: not yet; attempt 2 of 3 in " in retried[0].reason


def test_retries_come_to_an_end(world: World) -> None:
    world.deeds["a:start"] = fail
    report = world.start(world.plan([world.driver("a", policy=Policy(retries=2))]))
    assert world.log.count("a:start") == 3
    assert report["a"].reason == "ValueError: no such pool"


def test_a_call_that_still_goes_on_is_not_tried_again(world: World) -> None:
    async def deaf(context: Context) -> None:
        while True:
            try:
                await asyncio.sleep(500)
            except asyncio.CancelledError:
                continue
            return

    world.deeds["a:start"] = deaf
    report = world.start(world.plan([world.driver("a", policy=Policy(retries=3, timeout=2))]))
    assert world.log.count("a:start") == 1
    assert "its call is still running, so it cannot be retried" in report["a"].reason


def test_a_phase_has_a_deadline(world: World) -> None:
    async def hang(context: Context) -> None:
        await asyncio.Event().wait()

    world.deeds["a:start"] = hang
    plan = world.plan([world.driver("a"), world.driver("b", wants("a"))])
    report = world.start(plan, timeout=7, on_failure="isolate")
    assert report["a"].reason == "a:start did not end within 7 s"
    assert report["b"].state is State.READY
    assert report.seconds == pytest.approx(8)


def test_a_start_has_a_deadline_and_says_what_it_waited_for(world: World) -> None:
    async def hang(context: Context) -> None:
        await asyncio.Event().wait()

    world.deeds["b:start"] = hang
    report = world.start(world.plan([world.driver("a"), world.driver("b", requires("a"))]), deadline=5)
    assert report.problem == "the start did not end within 5 s: b:start has run for 4 s"
    assert not report.ok
    assert world.stops == ["b", "a"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SystemExit(3), "it exited with 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (GeneratorExit(), "GeneratorExit"),
        (asyncio.CancelledError(), "it was cancelled"),
        (ValueError("two\nlines"), "ValueError: two lines"),
    ],
)
def test_whatever_is_raised_fails_the_driver_and_nothing_else(world: World, error: BaseException, reason: str) -> None:
    async def die(context: Context) -> NoReturn:
        raise error

    world.deeds["a:start"] = die
    plan = world.plan([world.driver("a"), world.driver("b", wants("a")), world.driver("c", requires("a"))])
    report = world.start(plan, on_failure="isolate")
    assert report["a"].reason == reason
    assert report["b"].state is State.READY
    assert report["c"].state is State.BLOCKED


def test_a_lifecycle_that_cannot_be_imported_is_a_failed_driver(world: World) -> None:
    plan = world.plan([Driver("a", lifecycle="no_such_module:Storage"), world.driver("b")])
    report = world.start(plan, on_failure="isolate")
    assert report["a"].reason == (
        "the lifecycle of 'a', 'no_such_module:Storage', cannot be imported: there is no module 'no_such_module'"
    )
    assert report["b"].state is State.READY


def test_a_driver_without_a_lifecycle_is_ready_at_once(world: World) -> None:
    report = world.start(world.plan([Driver("a"), world.driver("b", requires("a"))]))
    assert report.ok
    assert report["a"].begun


def test_a_chain_of_thousands_does_not_exhaust_the_stack(world: World) -> None:
    drivers = [
        Driver("d00000"),
        *(Driver(f"d{n:05}", dependencies=(requires(f"d{n - 1:05}"),)) for n in range(1, 5000)),
    ]
    assert world.start_and_stop(world.plan(drivers)).ok


def test_an_executor_runs_once(world: World) -> None:
    async def main() -> None:
        executor = world.executor(world.plan([world.driver("a")]))
        await executor.start()
        with pytest.raises(RunError, match="has already run"):
            await executor.start()

    run_virtually(main())


def test_it_says_at_any_time_who_waits_for_what(world: World) -> None:
    async def main() -> tuple[str, ...]:
        plan = world.plan(
            [
                world.driver("a", tier="one"),
                world.driver("b", requires("a"), tier="one"),
                world.driver("c", tier="two"),
            ],
            tiers=("one", "two"),
        )
        executor = world.executor(plan)
        task = asyncio.create_task(executor.start())
        await asyncio.sleep(0.5)
        said = executor.waiting()
        await task
        return said

    assert run_virtually(main()) == (
        "a:start has run for 0.5 s",
        "b:start waits for a:start",
        "c:start waits for the tier one",
    )


@pytest.mark.parametrize("options", [{"jobs": 0}, {"timeout": 0}, {"deadline": float("inf")}, {"on_failure": "panic"}])
def test_options_that_cannot_be_are_refused(world: World, options: dict[str, object]) -> None:
    with pytest.raises(DeclarationError):
        world.executor(world.plan([world.driver("a")]), **options)


def test_kinds_of_order_all_hold_a_step_back(world: World) -> None:
    for kind in (Kind.REQUIRES, Kind.WANTS, Kind.AFTER):
        verbs = {Kind.REQUIRES: requires, Kind.WANTS: wants, Kind.AFTER: after}
        world.log.clear()
        world.start(world.plan([world.driver("a", verbs[kind]("b")), world.driver("b")]))
        assert world.log[0] == "b:start"
