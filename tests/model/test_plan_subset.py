"""The part of a plan that some drivers need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph, Driver, Tier, after, requires, wants
from tierdeps.errors import UnknownNameError
from tierdeps.graph.collapse import LazyPlannedDrivers

if TYPE_CHECKING:
    from tierdeps.model import Plan, PlannedDriver


def plan_of(*drivers: Driver, tiers: tuple[Tier, ...] = ()) -> Plan:
    return DependencyGraph(drivers, tiers).collapse()


CHAIN = plan_of(
    Driver("a"),
    Driver("b", dependencies=(wants("a"),)),
    Driver("c", dependencies=(requires("b"), after("d"))),
    Driver("d"),
)


def test_it_has_what_the_target_needs_and_nothing_else() -> None:
    subset = CHAIN.subset(["c"])
    assert list(subset.drivers) == ["a", "b", "c"]
    assert [tier.stages for tier in subset.tiers] == [(("a",), ("b",), ("c",))]


def test_its_drivers_do_not_wait_for_those_outside_and_may_still_look_them_up() -> None:
    subset = CHAIN.subset(["c"])
    assert [wait.target for wait in subset.drivers["c"].waits[0]] == ["b"]
    assert subset.drivers["c"].absent == ("d",)


def test_it_has_no_empty_tiers() -> None:
    plan = plan_of(Driver("a", tier="one"), Driver("b", tier="two"), tiers=(Tier("one"), Tier("two", after=("one",))))
    assert [tier.name for tier in plan.subset(["b"]).tiers] == ["two"]


def test_it_knows_the_whole_plan_even_as_a_subset_of_a_subset() -> None:
    assert CHAIN.whole is CHAIN
    assert CHAIN.subset(["c"]).subset(["b"]).whole is CHAIN


def test_the_digest_is_its_own() -> None:
    assert CHAIN.digest != CHAIN.subset(["c"]).digest == plan_of(*drivers_of_c()).digest


def drivers_of_c() -> tuple[Driver, ...]:
    return (Driver("a"), Driver("b", dependencies=(wants("a"),)), Driver("c", dependencies=(requires("b"),)))


def test_of_bulk_drivers_only_those_inside_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    others = {f"other-{index}": list[str]() for index in range(100)}
    plan = DependencyGraph.from_names({"a": [], "b": ["a"], **others}).collapse()
    made: list[str] = []
    look_up = LazyPlannedDrivers.__getitem__

    def record(drivers: LazyPlannedDrivers, name: str) -> PlannedDriver:
        made.append(name)
        return look_up(drivers, name)

    monkeypatch.setattr(LazyPlannedDrivers, "__getitem__", record)
    assert list(plan.subset(["b"]).drivers) == ["a", "b"]
    assert set(made) == {"a", "b"}


def test_the_error_for_a_misspelt_target_suggests_a_similar_name() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'storage'"):
        plan_of(Driver("storage")).subset(["storrage"])
