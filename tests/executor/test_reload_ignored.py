"""What failed and was ignored is started again by a reload, and nothing else is because of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.executor.kinds import Kinds
from tests.executor.reloads import fail, log_of_reload
from tests.executor.test_quorum import IGNORE, ISOLATE, MONITORS
from tierdeps.clock import run_virtually
from tierdeps.model import State, requires

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.executor.conftest import World
    from tierdeps.executor import ReloadResult
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, Report


class Once:
    """Lets a driver be lost or fail at its first start alone."""

    def __init__(self, world: World, name: str, deed: Callable[[Context], None]) -> None:
        self._is_first, self._deed = True, deed
        world.deeds[f"{name}:start"] = self._start

    async def _start(self, context: Context) -> None:
        is_first, self._is_first = self._is_first, False
        if is_first:
            self._deed(context)


def lose(context: Context) -> None:
    asyncio.get_running_loop().call_later(2, context.lost, "its host is gone")


def raise_error(context: Context) -> None:
    raise ValueError("no")


def fleet(world: World) -> Plan:
    kinds = Kinds(world)
    return world.plan(
        [
            *(kinds(name, policy=IGNORE) for name in MONITORS),
            kinds("osd", requires("mon@*", atleast=2), policy=ISOLATE),
            kinds("pool", requires("osd"), policy=ISOLATE),
        ]
    )


def reload(world: World, plan: Plan) -> tuple[ReloadResult, Report]:
    async def main() -> tuple[ReloadResult, Report]:
        executor = world.executor(plan)
        await executor.start()
        await asyncio.sleep(20)
        assert executor.report()["mon@c"].ignored
        world.log.append("reload")
        reloaded = await executor.reload(plan)
        world.log.append("reloaded")
        return reloaded, await executor.stop()

    return run_virtually(main())


@pytest.mark.parametrize("deed", [lose, raise_error])
def test_it_is_started_again_alone(world: World, deed: Callable[[Context], None]) -> None:
    Once(world, "mon@c", deed)
    plan = fleet(world)
    reloaded, report = reload(world, plan)
    assert reloaded.ok
    assert (reloaded.reload.to_start, reloaded.reload.retried) == (("mon@c",), ("mon@c",))
    assert {entry.partition(":")[0] for entry in log_of_reload(world)} == {"mon@c"}
    assert all(outcome.state is State.READY and not outcome.ignored for outcome in reloaded.report.outcomes)
    assert report.ok


def test_it_may_fail_again(world: World) -> None:
    world.deeds["mon@c:start"] = fail
    reloaded, report = reload(world, fleet(world))
    assert reloaded.ok
    assert reloaded.report["mon@c"].ignored
    assert reloaded.report["osd"].state is State.READY
    assert report["mon@c"].ignored


def test_that_it_cannot_be_stopped_any_more_does_not_fail_the_reload(world: World) -> None:
    Once(world, "mon@c", lose)
    stops = iter((fail, None))

    async def stop(context: Context) -> None:
        if (deed := next(stops)) is not None:
            await deed(context)

    world.deeds["mon@c:stop"] = stop
    reloaded, report = reload(world, fleet(world))
    assert reloaded.ok
    assert [outcome.stop_error for outcome in reloaded.stopped] == ["ValueError: no"]
    assert report.ok


def test_what_a_driver_that_is_up_requires_is_left_as_it_is(world: World) -> None:
    Once(world, "mon@c", raise_error)
    Once(world, "mon@b", raise_error)
    kinds = Kinds(world)
    plan = world.plan(
        [
            *(kinds(name, policy=IGNORE) for name in MONITORS),
            kinds("between", requires("mon@b"), policy=IGNORE),
            kinds("user", requires("between"), policy=IGNORE),
            kinds("osd", requires("mon@*", atleast=1), policy=ISOLATE),
        ]
    )
    reloaded, report = reload(world, plan)
    assert reloaded.ok
    assert reloaded.reload.to_start == ("mon@c",)
    assert reloaded.report["mon@b"].ignored
    assert report.ok


def test_what_only_others_that_failed_require_is_started_again_with_them(world: World) -> None:
    Once(world, "mon@c", raise_error)
    Once(world, "between", raise_error)
    kinds = Kinds(world)
    plan = world.plan([kinds("mon@c", policy=IGNORE), kinds("between", requires("mon@c"), policy=IGNORE), kinds("web")])
    reloaded, report = reload(world, plan)
    assert reloaded.ok
    assert reloaded.reload.to_start == ("mon@c", "between")
    assert report.ok
