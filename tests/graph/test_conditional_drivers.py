"""A driver that is conditional on a fact is absent where the fact does not hold."""

from __future__ import annotations

import pytest

from tierdeps import DependencyGraph, Driver, after, conflicts, required_by, requires, wants
from tierdeps.graph.resolve import Problem

GUI = Driver("gui", when="screen", dependencies=(requires("core"),))
CORE = Driver("core")


@pytest.mark.parametrize(
    ("facts", "names"), [({"screen": True}, ["core", "gui"]), ({"screen": False}, ["core"]), ({}, ["core"])]
)
def test_it_is_there_where_its_fact_holds(facts: dict[str, bool], names: list[str]) -> None:
    graph = DependencyGraph((GUI, CORE), facts=facts)
    assert list(graph.drivers) == names
    assert sorted(graph.collapse().drivers) == names
    assert list(graph.absent) == [name for name in ("gui",) if name not in names]


def test_the_plan_records_the_fact() -> None:
    assert dict(DependencyGraph((GUI, CORE)).collapse().facts) == {"screen": False}


def test_in_the_worst_case_it_is_there() -> None:
    assert list(DependencyGraph((GUI, CORE)).with_all_facts().drivers) == ["core", "gui"]
    assert list(DependencyGraph((GUI, CORE)).with_all_facts({"screen": False}).drivers) == ["core"]


def test_its_dependencies_are_absent_with_it() -> None:
    drivers = Driver("a", when="hot", dependencies=(required_by("b"), requires("nowhere"), conflicts("b"))), Driver("b")
    graph = DependencyGraph(drivers)
    assert (graph.edges, graph.unresolved, graph.conflicts) == ((), (), ())
    assert [edge.needed.driver for edge in graph.with_all_facts().edges] == ["a"]


def test_what_requires_it_has_no_plan_and_what_wants_it_has_one() -> None:
    drivers = (
        Driver("a", when="hot"),
        Driver("b", dependencies=(wants("a"), after("a"))),
        Driver("c", dependencies=(requires("a"),)),
    )
    graph = DependencyGraph(drivers)
    assert [(item.driver, item.problem) for item in graph.unresolved] == [("c", Problem.MISSING)]
    assert graph.unknown_targets == (), "the name is that of a driver"


def test_a_capability_that_only_absent_drivers_provide_is_known() -> None:
    drivers = Driver("a", when="hot", provides=("door",)), Driver("b", dependencies=(wants("door"), wants("floor")))
    assert [item.target for _, item in DependencyGraph(drivers).unknown_targets] == ["floor"]


def test_of_two_drivers_of_one_name_the_facts_choose() -> None:
    drivers = Driver("db", when="big", description="cluster"), Driver("db", when="small", description="file")
    graph = DependencyGraph(drivers, facts={"small": True})
    assert graph.drivers["db"].description == "file"
    assert (dict(graph.duplicates), dict(graph.absent)) == ({}, {})
    assert list(graph.with_all_facts().duplicates) == ["db"]
