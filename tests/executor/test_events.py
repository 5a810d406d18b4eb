"""Every event of a run, in order and complete: a reporter sees no more and no less of what happened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.executor.methods import deaf, hang
from tests.executor.test_losing import losing
from tierdeps.clock import run_virtually
from tierdeps.model import Policy, requires

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Event, Plan, Report

WAIT = Policy(on_cancel="wait")  # type: ignore[arg-type]


def line(event: Event) -> str:
    """Write an event in one line: time, driver, state, and as far as it has them, phase, mark and reason."""
    what = f"{event.at:.4g} {event.driver} {event.state}"
    if event.phase is not None:
        what += f" {event.phase} {event.mark}"
    return f"{what}: {event.reason}" if event.reason else what


def lines(world: World, *drivers: str) -> list[str]:
    """Write the events of some drivers, of all if none is named; those of one moment by driver."""
    events = sorted(world.recorder.events, key=lambda event: (round(event.at, 6), event.driver))
    return [line(event) for event in events if not drivers or event.driver in drivers]


def run(world: World, plan: Plan, seconds: float = 20, **options: object) -> Report:
    """Start a plan, and stop it after so many seconds, whatever it does then."""

    async def main() -> Report:
        executor = world.executor(plan, **options)
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(seconds)
        report = await executor.stop()
        await start
        return report

    return run_virtually(main())


async def fail(context: Context) -> NoReturn:
    await asyncio.sleep(1)
    raise ValueError("no")


async def second(context: Context) -> None:
    await asyncio.sleep(1)


async def yes(context: Context) -> bool:
    await asyncio.sleep(1)
    return True


async def never_well(context: Context) -> None:
    asyncio.get_running_loop().call_later(0.5, context.lost, "gone")
    await asyncio.sleep(1000)


# Failures


def test_a_phase_of_several_that_fails_is_named_in_the_reason(world: World) -> None:
    world.deeds["a:initialize"] = fail
    plan = world.plan([world.driver("a", phases=("initialize", "autostart")), world.driver("b", requires("a"))])
    report = run(world, plan, on_failure="isolate")
    assert lines(world) == [
        "0 a starting",
        "0 a starting initialize begun",
        "1 a starting initialize failed: ValueError: no",
        "1 a failed: initialize: ValueError: no",
        "1 b blocked: it requires a, which failed",
        "20 a stopping",
        "21 a stopped",
    ]
    assert report["a"].seconds == pytest.approx(1)


def test_each_attempt_is_an_event_of_its_own(world: World) -> None:
    world.deeds["a:start"] = fail
    plan = world.plan([world.driver("a", policy=Policy(retries=2, backoff=2)), world.driver("b", requires("a"))])
    report = run(world, plan, 50, seed=3, on_failure="isolate")
    assert lines(world) == [
        "0 a starting",
        "0 a starting start begun",
        "1 a starting start retried: ValueError: no; attempt 2 of 3 in 1.24 s",
        "2.238 a starting start begun",
        "3.238 a starting start retried: ValueError: no; attempt 3 of 3 in 3.09 s",
        "6.326 a starting start begun",
        "7.326 a starting start failed: ValueError: no",
        "7.326 a failed: ValueError: no",
        "7.326 b blocked: it requires a, which failed",
        "50 a stopping",
        "51 a stopped",
    ]
    assert report["a"].seconds == pytest.approx(3)
    assert report["a"].traceback.count("ValueError: no") == 1  # that of the last attempt


def test_each_phase_has_all_its_attempts(world: World) -> None:
    tried: list[str] = []

    async def second_time(context: Context) -> None:
        tried.append(context.phase)
        if tried.count(context.phase) == 1:
            raise ValueError("no")

    world.deeds.update({"a:initialize": second_time, "a:autostart": second_time})
    policy = Policy(retries=1, backoff=0.1)
    report = run(world, world.plan([world.driver("a", phases=("initialize", "autostart"), policy=policy)]), 50)
    assert report.ready, report["a"].reason
    assert tried == ["initialize", "initialize", "autostart", "autostart"]


def test_an_attempt_that_still_goes_on_ends_the_attempts(world: World) -> None:
    world.deeds["a:start"] = deaf
    plan = world.plan([world.driver("a", policy=Policy(retries=1, backoff=4))])
    run(world, plan, 30, seed=1, on_failure="isolate", timeout=3)
    assert lines(world)[2:4] == [
        "3 a starting start retried: a:start did not end within 3 s; attempt 2 of 2 in 2.27 s",
        "5.269 a failed: a:start did not end within 3 s; its call is still running, so it cannot be retried",
    ]


def test_what_comes_before_the_phases_fails_with_its_verb(world: World) -> None:
    async def no_disk(context: Context) -> str:
        return "no disk"

    world.deeds.update({"a:probe": fail, "b:probe": hang, "c:probe": no_disk, "d:adopt": yes, "e:adopt": fail})
    run(world, world.plan([world.driver(name) for name in "abcde"]), on_failure="isolate", timeout=3)
    assert lines(world) == [
        "0 a pending probe begun",
        "0 b pending probe begun",
        "0 c pending probe begun",
        "0 c skipped: no disk",
        "1 a failed: probe: ValueError: no",
        "1 d adopted: it was already running",
        "1 e failed: adopt: ValueError: no",
        "3 b failed: probe: b:probe did not end within 3 s",
    ]


def test_what_went_wrong_in_a_stop_and_its_cleanup_is_reported_at_its_end(world: World) -> None:
    world.deeds.update({"a:stop": fail, "a:cleanup": yes, "b:cleanup": yes})
    report = run(world, world.plan([world.driver("a"), world.driver("b", requires("a"))]), 5)
    assert lines(world)[-4:] == [
        "5 b stopping",
        "7 a stopping",
        "7 b failed: cleanup returned True; return nothing, and raise an exception where it failed",
        "9 a failed: ValueError: no; cleanup returned True; return nothing, and raise an exception where it failed",
    ]
    assert [outcome.stopped for outcome in report.outcomes] == [False, False]


def test_the_same_failure_of_a_stop_and_its_cleanup_is_reported_once(world: World) -> None:
    world.deeds.update({"a:stop": fail, "a:cleanup": fail})
    report = run(world, world.plan([world.driver("a")]))
    assert report["a"].stop_error == "ValueError: no"
    assert not report["a"].stopped
    assert report["a"].traceback.count("Traceback") == 2


# Losses


def test_one_that_is_lost_in_its_phase_fails_in_it(world: World) -> None:
    world.deeds["a:start"] = never_well
    report = run(world, world.plan([world.driver("a"), world.driver("b", requires("a"))]), on_failure="isolate")
    assert lines(world) == [
        "0 a starting",
        "0 a starting start begun",
        "0.5 a starting start failed: gone",
        "0.5 a failed: gone",
        "0.5 a stopping",
        "0.5 b blocked: it requires a, which was lost: gone",
        "1.5 a stopped",
    ]
    assert report["a"].seconds == pytest.approx(0.5)


def test_one_that_is_lost_in_its_phase_ends_a_start_that_is_to_be_aborted(world: World) -> None:
    world.deeds["a:start"] = never_well
    report = run(world, world.plan([world.driver("a"), world.driver("b", requires("a")), world.driver("c")]))
    assert lines(world)[4:] == [
        "0.5 a starting start failed: gone",
        "0.5 a failed: gone",
        "0.5 a stopping",
        "0.5 b blocked: it requires a, which failed",
        "0.5 c starting start cancelled: start was cancelled by the stop",
        "0.5 c stopping",
        "1.5 a stopped",
        "1.5 c stopped",
    ]
    assert report["c"].seconds == pytest.approx(0.5)


def test_one_that_is_lost_in_its_phase_counts_as_ready_where_failures_are_ignored(world: World) -> None:
    world.deeds["a:start"] = never_well
    run(world, world.plan([world.driver("a"), world.driver("b", requires("a"))]), on_failure="ignore")
    assert lines(world)[2:] == [
        "0.5 a starting start failed: gone",
        "0.5 a failed: gone",
        "0.5 b starting",
        "0.5 b starting start begun",
        "1.5 b starting start done",
        "1.5 b ready",
        "20 b stopping",
        "21 a stopping",
        "21 b stopped",
        "22 a stopped",
    ]


def test_what_starts_while_what_it_requires_is_lost_is_interrupted(world: World) -> None:
    losing(world, "a", 1.5, "gone")
    plan = world.plan(
        [
            world.driver("a"),
            world.driver("b", requires("a")),
            world.driver("c", requires("b")),
            world.driver("d", requires("a"), policy=WAIT),
        ]
    )
    report = run(world, plan, on_failure="isolate")
    assert lines(world)[8:] == [
        "1.5 a failed: gone",
        "1.5 b starting start cancelled: it requires a, which was lost: gone",
        "1.5 b blocked: it requires a, which was lost: gone",
        "1.5 c blocked: it requires a, which was lost: gone",
        "2 b stopping",
        "2 d starting start done",
        "2 d ready",
        "2 d blocked: it requires a, which was lost: gone",
        "2 d stopping",
        "3 a stopping",
        "3 b stopped",
        "3 d stopped",
        "4 a stopped",
    ]
    assert report["b"].seconds == pytest.approx(0.5)
    assert report["b"].timings == ()
    assert report["d"].timings == pytest.approx((1,))


def test_what_pauses_while_what_it_requires_is_lost_is_not_tried_again(world: World) -> None:
    losing(world, "a", 2.5, "gone")
    world.deeds["b:start"] = fail
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"), policy=Policy(retries=1, backoff=10))])
    run(world, plan, on_failure="isolate", seed=1)
    assert lines(world)[4:] == [
        "1 b starting",
        "1 b starting start begun",
        "2 b starting start retried: ValueError: no; attempt 2 of 2 in 5.67 s",
        "2.5 a failed: gone",
        "2.5 b blocked: it requires a, which was lost: gone",
        "2.5 b stopping",
        "3.5 a stopping",
        "3.5 b stopped",
        "4.5 a stopped",
    ]


def test_what_is_lost_before_its_stop_reaches_it_fails_and_is_stopped(world: World) -> None:
    losing(world, "a", 7.5, "gone")
    run(world, world.plan([world.driver("a"), world.driver("b", requires("a"))]), 7)
    assert lines(world)[8:] == ["7 b stopping", "7.5 a failed: gone", "8 a stopping", "8 b stopped", "9 a stopped"]


# Stops


def test_what_a_stop_cuts_short_is_reported_with_its_phase(world: World) -> None:
    world.deeds["a:autostart"] = hang
    plan = world.plan([world.driver("a", phases=("initialize", "autostart")), world.driver("b", policy=WAIT)])
    world.deeds["b:start"] = hang
    report = run(world, plan, 1.5, timeout=4)
    assert lines(world)[4:] == [
        "1 a starting initialize done",
        "1 a starting autostart begun",
        "1.5 a starting autostart cancelled: autostart was cancelled by the stop",
        "1.5 a stopping",
        "2.5 a stopped",
        "4 b starting start failed: b:start did not end within 4 s",
        "4 b failed: b:start did not end within 4 s",
        "4 b stopping",
        "5 b stopped",
    ]
    assert report["a"].seconds == pytest.approx(1.5)
    assert report["a"].timings == pytest.approx((1,))


def test_a_stop_that_is_expedited_names_what_does_not_end_and_goes_on(world: World) -> None:
    world.deeds["a:start"] = deaf

    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a"), world.driver("b")]))
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(1.5)
        executor.request_stop()
        await asyncio.sleep(2)
        executor.expedite()
        await executor.stop()
        return await start

    report = run_virtually(main())
    assert lines(world)[6:] == [
        "1.5 a starting start cancelled: start was cancelled by the stop",
        "1.5 b stopping",
        "2.5 b stopped",
        "4.5 a stopping",
        "5.5 a failed: a:stop did not end within 1 s",
    ]
    assert report["a"].stragglers == ("a:start was still running 1 s after it was cancelled",)


def test_a_stop_whose_time_is_over_stops_the_rest_at_once(world: World) -> None:
    async def half(context: Context) -> None:
        await asyncio.sleep(0.5)

    world.deeds.update({"a:stop": half, "b:stop": half, "c:stop": hang})
    tiers = ("one", "two")
    plan = world.plan(
        [
            world.driver("a", tier="one"),
            world.driver("b", tier="two"),
            world.driver("c", requires("b"), tier="two"),
            world.driver("d", tier="two"),
        ],
        tiers,
    )
    report = run(world, plan, 10, deadline=15, stop_timeout=300)
    assert lines(world)[-8:] == [
        "10 c stopping",
        "10 d stopping",
        "11 d stopped",
        "25 a stopping",
        "25 b stopping",
        "25.5 a stopped",
        "25.5 b stopped",
        "26 c failed: c:stop did not end within 1 s",
    ]
    assert report.problem == "the stop ran out of time; the rest was stopped at once, in no order: a, b"
