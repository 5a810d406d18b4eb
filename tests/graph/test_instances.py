"""A target that means all instances of a driver."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, after, before, conflicts, instances, requires, wants
from tierdeps.graph.resolve import Problem
from tierdeps.model import Dependency, Step


def edges(*drivers: Driver) -> set[tuple[str, str]]:
    return {(str(edge.dependent), str(edge.needed)) for edge in DependencyGraph(drivers).edges}


def workers(*dependencies: Dependency, phases: tuple[str, ...] = ("start",)) -> tuple[Driver, ...]:
    return instances(Driver("worker", dependencies=dependencies, phases=phases), ["a", "b"])


@pytest.mark.parametrize("verb", [requires, wants, after])
def test_it_means_all_of_them(verb: type) -> None:
    web = Driver("web", dependencies=(verb("worker@*"),))
    assert edges(web, *workers(), Driver("worker"), Driver("worker2@a")) == {
        ("web:start", "worker@a:start"),
        ("web:start", "worker@b:start"),
    }


def test_before_and_conflicts_mean_all_of_them_too() -> None:
    web = Driver("web", dependencies=(before("worker@*"),))
    assert edges(web, *workers()) == {("worker@a:start", "web:start"), ("worker@b:start", "web:start")}
    graph = DependencyGraph([Driver("web", dependencies=(conflicts("worker@*"),)), *workers()])
    assert [edge.needed.driver for edge in graph.conflicts] == ["worker@a", "worker@b"]


def test_a_phase_may_follow() -> None:
    web = Driver("web", dependencies=(requires("worker@*:warm"),))
    assert edges(web, *workers(phases=("warm", "serve"))) == {
        ("web:start", "worker@a:warm"),
        ("web:start", "worker@b:warm"),
    }


def test_a_lifecycle_looks_each_up_by_its_own_name() -> None:
    plan = DependencyGraph([Driver("web", dependencies=(requires("worker@*"),)), *workers()]).collapse()
    assert [wait.target for wait in plan.drivers["web"].waits[0]] == ["worker@a", "worker@b"]


def test_an_instance_that_names_all_means_the_others() -> None:
    leader, *followers = instances(Driver("w", dependencies=(after("w@*", when="x"),)), ["a", "b", "c"])
    graph = DependencyGraph([leader, *(Driver(one.name) for one in followers)], facts={"x": True})
    assert {edge.needed.driver for edge in graph.edges} == {"w@b", "w@c"}


def test_a_driver_or_a_capability_of_that_very_name_is_meant_before() -> None:
    web = Driver("web", dependencies=(requires("worker@*"),))
    assert edges(web, Driver("worker@*"), *workers()) == {("web:start", "worker@*:start")}
    assert edges(web, Driver("x", provides=("worker@*",)), *workers()) == {("web:start", "x:start")}


@pytest.mark.parametrize(
    "others", [(), (Driver("worker"),), (Driver("worker2@a"),), (Driver("a@worker"),), (Driver("worker@"),)]
)
def test_where_there_are_none_it_is_missing(others: tuple[Driver, ...]) -> None:
    graph = DependencyGraph([Driver("web", dependencies=(requires("worker@*"), wants("worker@*"))), *others])
    assert [(item.problem, item.subject) for item in graph.unresolved] == [(Problem.MISSING, "worker@*")]
    assert [item.kind for _, item in graph.unknown_targets] == ["wants"]


def test_an_only_instance_that_requires_all_of_them_lacks_the_others() -> None:
    (only,) = instances(Driver("w", dependencies=(requires("w@*"),)), ["a"])
    assert [item.problem for item in DependencyGraph([only]).unresolved] == [Problem.MISSING]


def test_an_instance_of_an_instance_is_an_instance_of_both() -> None:
    inner = instances(instances(Driver("a"), ["x"])[0], ["y"])
    assert edges(Driver("web", dependencies=(requires("a@*"),)), *inner) == {("web:start", "a@x@y:start")}
    assert edges(Driver("web", dependencies=(requires("a@x@*"),)), *inner) == {("web:start", "a@x@y:start")}


NAMES = st.sampled_from(["w", "w@a", "w@b", "w@*", "v@a", "web", "w@*:start", "u@*"])


@given(st.dictionaries(NAMES.filter(lambda name: "*" not in name), st.lists(NAMES, max_size=3), max_size=6))
def test_a_graph_of_mere_names_has_the_same_edges(names: dict[str, list[str]]) -> None:
    bulk = DependencyGraph.from_names(names)
    plain = DependencyGraph(Driver(name, dependencies=tuple(map(requires, targets))) for name, targets in names.items())
    for name in names:
        found = dict.fromkeys(edge.needed for edge in bulk.edges_of(Step(name, "start")))
        assert list(found) == list(dict.fromkeys(edge.needed for edge in plain.edges_of(Step(name, "start"))))
    assert {(item.driver, item.problem, item.subject) for item in bulk.unresolved} == {
        (item.driver, item.problem, item.subject) for item in plain.unresolved
    }
    assert set(bulk.steps.edges) == set(plain.steps.edges)
