"""An edge that is declared from the other side is the edge of its dependent, in everything but where it stands."""

from __future__ import annotations

import pytest

from tierdeps import CycleError, DependencyGraph, Driver, Tier, required_by, requires, wanted_by, wants
from tierdeps.graph.resolve import Problem

SIDES = [(requires, required_by), (wants, wanted_by)]


@pytest.mark.parametrize(("verb", "mirror"), SIDES)
def test_both_give_the_same_plan(verb: type, mirror: type) -> None:
    written = DependencyGraph((Driver("a"), Driver("b", dependencies=(verb("a"),)))).collapse()
    declared = DependencyGraph((Driver("a", dependencies=(mirror("b"),)), Driver("b"))).collapse()
    assert declared.digest == written.digest
    assert declared.drivers["b"].waits == written.drivers["b"].waits


def test_one_of_a_provider_is_known_by_the_name_of_the_driver_that_declares_it() -> None:
    plan = DependencyGraph(
        (Driver("a", dependencies=(required_by("door"),)), Driver("b", provides=("door",)))
    ).collapse()
    assert [wait.target for group in plan.drivers["b"].waits for wait in group] == ["a"]


def test_it_takes_part_in_cycles_and_inversions() -> None:
    with pytest.raises(CycleError, match="a -> b -> a"):
        DependencyGraph((Driver("a", dependencies=(requires("b"), required_by("b"))), Driver("b"))).collapse()
    tiers = Tier("early", before=("late",)), Tier("late")
    graph = DependencyGraph((Driver("a", "late", dependencies=(required_by("b"),)), Driver("b", "early")), tiers)
    assert [(edge.dependent.driver, edge.needed.driver) for edge in graph.inversions] == [("b", "a")]


def test_of_one_that_is_declared_on_both_sides_the_step_waits_once() -> None:
    drivers = Driver("a", dependencies=(required_by("b"),)), Driver("b", dependencies=(requires("a"),))
    plan = DependencyGraph(drivers).collapse()
    assert len(plan.drivers["b"].waits[0]) == 1


def test_nobody_requires_itself_from_the_other_side_either() -> None:
    graph = DependencyGraph((Driver("a", dependencies=(required_by("a"), required_by("a:stop"))),))
    assert [item.problem for item in graph.unresolved] == [Problem.ITSELF, Problem.ITSELF]
    assert graph.edges == ()


def test_a_phase_that_the_target_does_not_have_is_a_problem() -> None:
    graph = DependencyGraph(
        (Driver("a", dependencies=(required_by("b:stop"), wanted_by("b", phase="run"))), Driver("b"))
    )
    assert [(item.problem, item.subject) for item in graph.unresolved] == [
        (Problem.UNKNOWN_PHASE, "b:stop"),
        (Problem.UNKNOWN_PHASE, "a:run"),
    ]


def test_a_target_that_is_nowhere_is_no_error_but_unknown() -> None:
    graph = DependencyGraph((Driver("a", dependencies=(required_by("x"), wanted_by("y", optional=True))),))
    assert graph.unresolved == ()
    assert [item.target for _, item in graph.unknown_targets] == ["x"]
