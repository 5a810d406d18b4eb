"""How long a start will take by earlier runs."""

from __future__ import annotations

import pytest

from tierdeps import Driver, Tier, requires
from tierdeps.analysis.expected_start import expected_seconds
from tierdeps.graph import DependencyGraph

TIERS = [Tier("core"), Tier("late", after=("core",))]


def test_it_is_the_longest_way_through_each_tier() -> None:
    drivers = [
        Driver("a", "core"),
        Driver("b", "core", dependencies=(requires("a"),)),
        Driver("c", "core"),
        Driver("d", "late"),
    ]
    plan = DependencyGraph(drivers, TIERS).collapse()
    durations = {"a:start": 1.0, "b:start": 2.0, "c:start": 2.5, "d:start": 4.0}
    assert expected_seconds(plan, durations) == pytest.approx(7.0)


def test_phases_that_need_each_other_crosswise_are_in_their_order() -> None:
    storage = Driver("storage", phases=("one", "two"), dependencies=(requires("qemu:one", phase="two"),))
    qemu = Driver("qemu", phases=("one", "two"), dependencies=(requires("storage:one", phase="one"),))
    plan = DependencyGraph([storage, qemu]).collapse()
    durations = {"storage:one": 1.0, "qemu:one": 2.0, "storage:two": 4.0, "qemu:two": 1.0}
    assert expected_seconds(plan, durations) == pytest.approx(7.0)


def test_nothing_is_reported_where_most_steps_are_unknown() -> None:
    plan = DependencyGraph([Driver(name) for name in "abc"]).collapse()
    assert expected_seconds(plan, {}) is None
    assert expected_seconds(plan, {"a:start": 1.0}) is None
    assert expected_seconds(plan, {"a:start": 1.0, "b:start": 3.0}) == pytest.approx(3.0)
    assert expected_seconds(DependencyGraph([]).collapse(), {}) is None
