"""How long things may take: what drivers know of it, what holds by default, and what a blocked event loop changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from tests.executor.blocking import block
from tests.executor.methods import hang
from tests.executor.test_hostile import Faceless
from tests.executor.test_losing import losing
from tests.executor.test_tracebacks import places
from tierdeps import Driver, Executor, Lifecycle, requires
from tierdeps.clock import run_virtually
from tierdeps.engines.local import INLINE
from tierdeps.graph import DependencyGraph
from tierdeps.model import OnFailure, Policy, State

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context
    from tierdeps.model import Report


async def deaf(context: Context) -> None:
    while True:
        try:
            await asyncio.sleep(5000)
        except asyncio.CancelledError:
            continue
        return


class Watching(Lifecycle):
    """Notes how much time each of its methods has."""

    seen: dict[str, float]

    async def start(self, context: Context) -> None:
        self.seen["start"] = context.remaining

    async def stop(self, context: Context) -> None:
        self.seen["stop"] = context.remaining

    async def cleanup(self, context: Context) -> None:
        self.seen["cleanup"] = context.remaining


class Probed(Watching):
    """The same, after a probe: then the engine awaits it."""

    async def probe(self, context: Context) -> None:
        self.seen["probe"] = context.remaining


@pytest.mark.parametrize("policy", [Policy(), Policy(timeout=8, stop_timeout=3)])
@pytest.mark.parametrize("kind", [Watching, Probed])
def test_each_method_knows_how_much_time_it_has(world: World, kind: type[Watching], policy: Policy) -> None:
    seen: dict[str, float] = {}
    lifecycle = type("Seeing", (kind,), {"seen": seen})
    plan = world.plan([Driver("a", lifecycle=lifecycle, policy=policy)])
    assert world.start_and_stop(plan, timeout=7, stop_timeout=5).ok
    start, stop = policy.timeout or 7, policy.stop_timeout or 5
    expected = {"start": start, "stop": stop, "cleanup": stop}
    assert seen == pytest.approx(expected | ({"probe": start} if kind is Probed else {}))


def test_by_default_a_phase_has_90_seconds_and_a_stop_30(world: World) -> None:
    world.deeds.update({"a:start": hang, "b:stop": hang})
    report = world.start_and_stop(world.plan([world.driver("a"), world.driver("b")]), on_failure="isolate")
    assert report["a"].reason == "a:start did not end within 90 s"
    assert report["b"].stop_error == "b:stop did not end within 30 s"


def test_by_default_a_start_has_half_an_hour_and_a_failure_aborts(world: World) -> None:
    world.deeds["a:start"] = hang
    report = world.start(world.plan([world.driver("a"), world.driver("b", requires("a"))]), timeout=7200)
    assert report.problem.startswith("the start did not end within 1800 s: a:start has run for 1.8e+03 s")
    assert not report.interrupted


def test_a_stop_that_is_cancelled_waits_a_moment_for_each_thing(world: World) -> None:
    world.deeds["a:stop"] = hang

    async def main() -> Report:
        executor = world.executor(world.plan([world.driver("a")]), stop_timeout=300)
        await executor.start()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(executor.stop(), 2)
        return executor.report()

    report = run_virtually(main())
    assert report["a"].stop_error == "a:stop did not end within 1 s"
    assert report.seconds == pytest.approx(1 + 2 + 1)


def test_a_start_that_is_cancelled_twice_waits_a_moment_for_each_thing(world: World) -> None:
    world.deeds.update({"a:start": hang, "a:stop": hang})

    async def main() -> tuple[float, Report]:
        executor, loop = world.executor(world.plan([world.driver("a")]), stop_timeout=300), asyncio.get_running_loop()
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(1)
        start.cancel()
        await asyncio.sleep(50)
        assert not start.done(), "the first cancellation stops all in order"
        start.cancel()
        await asyncio.wait([start])
        assert start.cancelled()
        return loop.time(), executor.report()

    ended, report = run_virtually(main())
    assert ended == pytest.approx(1 + 50 + 1)
    assert report["a"].stop_error == "a:stop did not end within 1 s"


def test_a_stop_that_was_expedited_before_it_reaches_a_driver_waits_a_moment_for_it(world: World) -> None:
    losing(world, "a", 5)
    world.deeds.update({"a:stop": hang, "b:stop": hang})

    async def main() -> Report:
        plan = world.plan([world.driver("a"), world.driver("b")])
        executor = world.executor(plan, on_failure="isolate", stop_timeout=300)
        await executor.start()
        await asyncio.sleep(5)  # what was lost is being stopped
        executor.request_stop()
        executor.expedite()
        return await executor.stop()

    report = run_virtually(main())
    assert report["a"].stop_error == "a:stop did not end within 1 s"
    assert report["b"].stop_error == "b:stop did not end within 1 s"
    assert report.seconds == pytest.approx(1 + 5 + 1 + 1)


def test_a_straggler_is_left_behind_though_others_block_the_event_loop(world: World) -> None:
    async def blocks(context: Context) -> None:
        await asyncio.sleep(1)
        block(3)

    world.deeds.update({"a:start": deaf, "b:start": blocks, "b:stop": blocks, "c:start": blocks})
    plan = world.plan([world.driver("a"), world.driver("b"), world.driver("c")])

    async def main() -> Report:
        executor = world.executor(plan, stop_timeout=10, timeout=50)
        start = asyncio.create_task(executor.start())
        await asyncio.sleep(20)
        executor.request_stop()
        return await start

    report = run_virtually(main())
    assert report["a"].stragglers == ("a:start was still running 10 s after it was cancelled",)
    # 20 s, the 10 s of the straggler and the 3 s that another stop blocked meanwhile, and its own stop.
    assert report.seconds == pytest.approx(20 + 10 + 3 + 1, abs=0.1)


def test_later_tiers_name_the_failures_that_keep_them_shut_and_no_more(world: World) -> None:
    async def fail(context: Context) -> None:
        raise ValueError("no")

    async def no_disk(context: Context) -> str:
        return "no disk"

    world.deeds.update({"skipped:probe": no_disk, "failed:start": fail})
    plan = world.plan(
        [
            world.driver("skipped", tier="one"),
            world.driver("needs", requires("skipped", skipped="block"), tier="one"),
            world.driver("failed", tier="one", policy=Policy(on_failure=OnFailure.ISOLATE)),
            world.driver("behind", tier="two"),
        ],
        tiers=("one", "two"),
    )
    report = world.start(plan, on_failure="ignore")
    assert report["needs"].cause == ("skipped",)
    assert (report["behind"].state, report["behind"].cause) == (State.BLOCKED, ("failed",))
    assert report["behind"].reason == "the tier one did not become ready"


def test_an_exception_that_cannot_be_looked_at_is_named_with_its_place(world: World) -> None:
    async def start(context: Context) -> NoReturn:
        raise Faceless("hidden")

    world.deeds["a:start"] = start
    outcome = world.start(world.plan([world.driver("a")]))["a"]
    assert outcome.reason == "RuntimeError: Faceless, which cannot be shown"
    assert places(outcome.traceback) == ["act", "start"]


def test_of_a_long_way_the_last_frames_are_kept(world: World) -> None:
    def dig(depth: int) -> None:
        if depth:
            dig(depth - 1)
        raise OSError("at the bottom")

    async def start(context: Context) -> None:
        dig(300)

    world.deeds["a:start"] = start
    outcome = world.start(world.plan([world.driver("a")]))["a"]
    assert 'raise OSError("at the bottom")' in outcome.traceback
    assert "in start" not in outcome.traceback


def test_a_context_of_a_run_without_reporters_has_its_time_too() -> None:
    seen: dict[str, Any] = {}
    lifecycle = type("Seeing", (Watching,), {"seen": seen})

    async def main() -> Report:
        executor = Executor(DependencyGraph([Driver("a", lifecycle=lifecycle)]).collapse(), engine=INLINE, timeout=7)
        return await executor.start()

    assert run_virtually(main()).ready
    assert seen == pytest.approx({"start": 7})
