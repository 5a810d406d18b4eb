"""Aiming at a driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps.errors import UnknownNameError
from tierdeps.executor import aimed
from tierdeps.model import after, requires, wants

if TYPE_CHECKING:
    from tests.executor.conftest import World
    from tierdeps.lifecycle import Context


def test_keeps_what_the_target_needs_and_nothing_else(world: World) -> None:
    plan = world.plan(
        [
            world.driver("a"),
            world.driver("b", wants("a")),
            world.driver("c", requires("b"), after("d")),
            world.driver("d"),
        ]
    )
    assert list(aimed(plan, ["c"]).drivers) == ["a", "b", "c"]
    assert world.start(aimed(plan, ["c"])).ok
    assert "d:start" not in world.log


def test_what_is_left_out_is_not_there(world: World) -> None:
    got: list[object] = []

    async def ask(context: Context) -> None:
        got.append(context.get("d"))

    world.deeds["c:start"] = ask
    assert world.start(aimed(world.plan([world.driver("c", after("d")), world.driver("d")]), ["c"])).ok
    assert got == [None]


def test_empty_tiers_are_left_out(world: World) -> None:
    plan = world.plan([world.driver("a", tier="one"), world.driver("b", tier="two")], tiers=("one", "two"))
    assert [tier.name for tier in aimed(plan, ["b"]).tiers] == ["two"]


def test_a_misspelt_target_is_told_its_neighbour(world: World) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'storage'"):
        aimed(world.plan([world.driver("storage")]), ["storrage"])
