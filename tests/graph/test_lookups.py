"""What a lifecycle may look up although it is not there: the plan knows the names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps import DependencyGraph, Driver, after, required_by, requires, wanted_by, wants

if TYPE_CHECKING:
    from tierdeps.model import Dependency, PlannedDriver


def planned(*drivers: Driver, name: str = "b", targets: tuple[str, ...] = ()) -> PlannedDriver:
    return DependencyGraph(drivers, targets=targets).collapse().drivers[name]


def absent(*dependencies: Dependency, **other: str) -> PlannedDriver:
    """Return the driver b, which has dependencies on a, which is conditional on a fact that does not hold."""
    return planned(Driver("b", dependencies=dependencies), Driver("a", when="hot", provides=tuple(other.values())))


@pytest.mark.parametrize("dependency", [wants("a"), after("a"), requires("a", optional=True), after("a:start")])
def test_a_driver_that_its_fact_makes_absent(dependency: Dependency) -> None:
    assert absent(dependency).absent == (dependency.target,)


def test_of_an_order_only_what_is_declared_somewhere() -> None:
    assert absent(after("nowhere")).absent == ()


@pytest.mark.parametrize("mirror", [required_by("b"), wanted_by("b"), wanted_by("door")])
def test_one_that_says_so_from_the_other_side_and_is_absent(mirror: Dependency) -> None:
    found = planned(Driver("a", when="hot", dependencies=(mirror,)), Driver("b", provides=("door",)))
    assert (found.absent, found.waits) == (("a",), ((),))


@pytest.mark.parametrize("mirror", [required_by("b", when="hot"), wanted_by("b:start", when="hot")])
def test_one_that_says_so_under_a_fact_that_does_not_hold(mirror: Dependency) -> None:
    found = planned(Driver("a", dependencies=(mirror,)), Driver("b"))
    assert [(item.kind, item.target, item.phase, item.when, item.drivers) for item in found.inactive] == [
        (mirror.kind.of_dependent, "a", "start", "hot", ("a",))
    ]
    assert found.absent == ()


def test_one_that_is_not_active() -> None:
    drivers = Driver("b", dependencies=(after("a"), after("nowhere"))), Driver("a")
    assert planned(*drivers, targets=("b",)).absent == ("a",)
    assert planned(*drivers).absent == ()


def test_a_wanted_one_that_was_dropped() -> None:
    drivers = Driver("b", dependencies=(wants("a"),)), Driver("a", dependencies=(requires("x"),))
    assert planned(*drivers, targets=("b",)).absent == ("a",)
