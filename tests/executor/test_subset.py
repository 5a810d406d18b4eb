"""Runs of a part of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model import after, requires

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context


def test_nothing_outside_is_started(world: World) -> None:
    plan = world.plan([world.driver("b"), world.driver("c", requires("b"), after("d")), world.driver("d")])
    assert world.start(plan.subset(["c"])).ok
    assert "d:start" not in world.log
    assert "b:start" in world.log


def test_a_look_up_of_what_is_outside_returns_none(world: World) -> None:
    got: list[object] = []

    async def ask(context: Context) -> None:
        got.append(context.get("d"))

    world.deeds["c:start"] = ask
    assert world.start(world.plan([world.driver("c", after("d")), world.driver("d")]).subset(["c"])).ok
    assert got == [None]
