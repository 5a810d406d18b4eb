"""Requests for single drivers that come together, or during a start, a reload, a stop or a loss."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.executor.test_coupled_restarts import contexts
from tests.executor.test_losing import ISOLATE
from tests.executor.test_requests import done, during, states
from tierdeps import RunError
from tierdeps.clock import run_virtually
from tierdeps.model import requires

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.executor import ActionResult, Executor
    from tierdeps.lifecycle import Context


def test_requests_that_come_together_are_served_one_after_the_other(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])

    async def body(executor: Executor) -> list[ActionResult]:
        requests = [executor.restart_drivers("a"), executor.stop_drivers("b"), executor.start_drivers("b")]
        tasks = [asyncio.ensure_future(request) for request in requests]
        await asyncio.sleep(0.5)
        with pytest.raises(RunError, match=r"restarted, stopped or started on request; reload after that$"):
            await executor.reload(plan)
        return await asyncio.gather(*tasks)

    results, _ = during(world, plan, body)
    assert done(world) == [
        *("b:stop", "a:stop", "a:start", "b:start", "b:stop", "b:start"),
        *("b:stop", "a:stop"),
    ]
    assert all(result.ok for result in results)


def test_a_request_during_a_start_or_a_reload_waits_for_its_end(world: World) -> None:
    drivers = [world.driver("a"), world.driver("b")]
    plan, other = world.plan(drivers[:1]), world.plan(drivers)

    async def main() -> list[str]:
        executor = world.executor(plan)
        start = asyncio.ensure_future(executor.start())
        await asyncio.sleep(0.5)
        early = asyncio.ensure_future(executor.restart_drivers("a"))
        await start
        await early
        reload = asyncio.ensure_future(executor.reload(other))
        await asyncio.sleep(0.5)
        await executor.restart_drivers("b")
        await reload
        log = done(world)
        await executor.stop()
        return log

    assert run_virtually(main()) == ["a:start", "a:stop", "a:start", "b:start", "b:stop", "b:start"]


def test_a_stop_of_all_during_a_restart_answers_it_and_those_that_wait(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b")])

    async def body(executor: Executor) -> tuple[ActionResult, Exception]:
        first = asyncio.ensure_future(executor.restart_drivers("a"))
        second = asyncio.ensure_future(executor.restart_drivers("b"))
        await asyncio.sleep(0.5)
        await executor.stop()
        return await first, second.exception()  # type: ignore[return-value]  # it has one

    (first, second), _ = during(world, plan, body)
    assert first.problem == "the run was stopped before this was done"
    assert not first.ok
    assert str(second) == "the run ended before the request could be served"
    assert sorted(world.stops) == ["a", "b"]


def test_a_loss_during_a_restart_takes_what_goes_with_it(world: World) -> None:
    plan = world.plan([world.driver("a", policy=ISOLATE), world.driver("b", requires("a")), world.driver("c")])
    found = contexts(world, "a", "b", "c")

    async def body(executor: Executor) -> ActionResult:
        restart = asyncio.ensure_future(executor.restart_drivers("b", "c"))
        await asyncio.sleep(1.5)
        found["a"].lost("gone")
        return await restart

    result, _ = during(world, plan, body)
    assert states(result.report) == {"a": "failed", "b": "blocked"}
    assert result.down == ("b",)


def test_what_is_lost_while_it_waits_for_its_stop_is_restarted_all_the_same(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])
    found = contexts(world, "a", "b")

    async def body(executor: Executor) -> ActionResult:
        restart = asyncio.ensure_future(executor.restart_drivers("a"))
        await asyncio.sleep(0.5)
        found["a"].lost("gone")
        return await restart

    result, final = during(world, plan, body, on_failure="abort")
    assert result.ok
    assert result.lost == ("a",)
    assert final.ok


def test_a_restart_ends_by_the_deadline_of_the_run_and_the_run_goes_on(world: World) -> None:
    async def hang(context: Context) -> None:
        await asyncio.Event().wait()

    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])

    async def body(executor: Executor) -> tuple[ActionResult, float]:
        world.deeds["a:start"] = hang
        began = asyncio.get_running_loop().time()
        result = await executor.restart_drivers("a")
        return result, asyncio.get_running_loop().time() - began

    (result, took), final = during(world, plan, body, timeout=500, deadline=100)
    assert result.down == ("a", "b")
    assert result.problem.startswith("the start did not end within 100 s: a:start has run for 100 s")
    assert took < 120
    assert not final.problem


def test_a_reload_starts_again_what_was_stopped_on_request(world: World) -> None:
    plan = world.plan([world.driver("a"), world.driver("b", requires("a")), world.driver("c")])

    async def body(executor: Executor) -> list[str]:
        await executor.stop_drivers("a")
        world.log.clear()
        assert (await executor.reload(plan)).ok
        return done(world)

    assert during(world, plan, body)[0] == ["a:start", "b:start"]


def test_a_request_needs_a_run_that_has_started_and_has_not_ended(world: World) -> None:
    plan = world.plan([world.driver("a")])

    async def main() -> None:
        executor = world.executor(plan)
        with pytest.raises(RunError, match=r"^nothing was started, so there are no drivers"):
            await executor.restart_drivers("a")
        await executor.start()
        with pytest.raises(RunError, match=r"^no driver was named; name at least one$"):
            await executor.restart_drivers()
        await executor.stop()
        with pytest.raises(RunError, match=r"^the run has ended or is being stopped"):
            await executor.restart_drivers("a")

    run_virtually(main())


def test_a_driver_whose_requirement_is_down_is_not_reloaded_and_that_is_said(world: World) -> None:
    world.deeds |= {"a:reload": second, "b:reload": second}
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])

    async def body(executor: Executor) -> ActionResult:
        await executor.stop_drivers("a", dependents="none")
        world.log.clear()
        return await executor.reload_drivers("a", "b")

    result, final = during(world, plan, body)
    assert (result.plan.to_reload, result.plan.idle) == (("b",), ("a",))
    assert "b:reload" not in done(world)
    assert result.problem == "not reloaded, because what it requires is down: b"
    assert final.ok


async def second(context: Context) -> None:
    await asyncio.sleep(1)


def test_a_reload_on_request_that_fails_is_said_and_the_run_goes_on(world: World) -> None:
    async def fail(context: Context) -> None:
        raise OSError("bad file")

    world.deeds |= {"a:reload": fail, "b:reload": second}
    plan = world.plan([world.driver("a"), world.driver("b", requires("a"))])
    result, final = during(world, plan, lambda executor: executor.reload_drivers("b", "a"))
    assert result.problem == "a: reload: OSError: bad file"
    assert not result.ok
    assert result.report.ok
    assert {"a:reload", "b:reload"} <= set(done(world))
    assert final.ok
