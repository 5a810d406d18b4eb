"""Components of steps that need each other, and a shortest cycle of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, after, before, requires

if TYPE_CHECKING:
    import pytest

    from tierdeps.model import Cycle

TWO = ("initialize", "autostart")


def needing(name: str, *targets: str) -> Driver:
    return Driver(name, dependencies=tuple(requires(target) for target in targets))


def only(*drivers: Driver, **facts: bool) -> Cycle:
    (cycle,) = DependencyGraph(drivers, facts=facts).cycles()
    return cycle


def test_the_path_leads_from_each_driver_to_what_it_needs() -> None:
    cycle = only(needing("a", "b"), needing("b", "c"), needing("c", "a"))
    assert cycle.path == ("a", "b", "c", "a")
    assert [(edge.dependent.driver, edge.needed.driver) for edge in cycle.edges] == [("a", "b"), ("b", "c"), ("c", "a")]
    assert str(cycle) == "a -> b -> c -> a"


def test_the_path_starts_at_its_smallest_name() -> None:
    assert only(needing("z", "m"), needing("m", "k"), needing("k", "z")).path == ("k", "z", "m", "k")


def test_a_driver_that_only_depends_on_a_cycle_is_no_member() -> None:
    assert only(needing("a", "b"), needing("b", "a"), needing("c", "a"), needing("d")).members == ("a", "b")


def test_the_cycle_shown_is_the_shortest_of_its_component() -> None:
    cycle = only(needing("a", "b"), needing("b", "c"), needing("c", "d", "b"), needing("d", "a"))
    assert cycle.path == ("b", "c", "b")
    assert cycle.members == ("a", "b", "c", "d")


def test_fewest_conditional_dependencies_come_before_shortness() -> None:
    cycle = only(
        Driver("a", dependencies=(requires("b"), requires("c", when="hot"))),
        needing("b", "d"),
        Driver("c", dependencies=(requires("a"),)),
        needing("d", "a"),
        hot=True,
    )
    assert cycle.path == ("a", "b", "d", "a")
    assert cycle.when == ()


def test_a_conditional_cycle_names_the_facts_it_depends_on() -> None:
    cycle = only(
        Driver("a", dependencies=(requires("b", when="wet"),)),
        Driver("b", dependencies=(requires("a", when="hot"),)),
        hot=True,
        wet=True,
    )
    assert cycle.when == ("hot", "wet")


def test_without_its_fact_there_is_no_cycle() -> None:
    drivers = (Driver("a", dependencies=(requires("b", when="hot"),)), needing("b", "a"))
    assert DependencyGraph(drivers).cycles() == ()


def test_of_several_dependencies_between_two_steps_the_one_that_always_holds_is_shown() -> None:
    cycle = only(
        Driver("a", dependencies=(requires("b", when="hot"), after("b"), requires("b", phase="start"))),
        needing("b", "a"),
        hot=True,
    )
    assert (cycle.edges[0].kind, cycle.edges[0].when) == ("requires", None)


def test_a_drivers_own_phases_cost_nothing() -> None:
    cycle = only(
        Driver("a", phases=("one", "two", "three"), dependencies=(requires("b", phase="one"),)),
        Driver("b", phases=("one", "two", "three"), dependencies=(requires("a", phase="one"),)),
    )
    assert len(cycle.edges) == 2
    assert cycle.path == ("a", "b", "a")


def test_before_closes_cycles_too() -> None:
    cycle = only(Driver("a", dependencies=(before("b"),)), needing("c", "b"), Driver("b", dependencies=(before("a"),)))
    assert [edge.declarer for edge in cycle.edges] == ["b", "a"]


def test_there_is_one_cycle_for_each_component() -> None:
    graph = DependencyGraph((needing("a", "b"), needing("b", "a"), needing("c", "d", "a"), needing("d", "c")))
    assert [str(cycle) for cycle in graph.cycles()] == ["a -> b -> a", "c -> d -> c"]


def test_components_of_the_same_drivers_in_other_phases_are_distinct() -> None:
    graph = DependencyGraph(
        (
            Driver(
                "a", phases=TWO, dependencies=(requires("b:initialize"), requires("b:autostart", phase="autostart"))
            ),
            Driver(
                "b", phases=TWO, dependencies=(requires("a:initialize"), requires("a:autostart", phase="autostart"))
            ),
        )
    )
    one, other = graph.cycles()
    assert one.members == other.members == ("a", "b")
    assert one.step_edges != other.step_edges


def test_all_dependencies_inside_a_component_are_known() -> None:
    cycle = only(needing("a", "b"), needing("b", "a", "c"), needing("c", "b", "d"), needing("d"))
    edges = [(dependent.driver, needed.driver) for dependent, needed in cycle.step_edges]
    assert edges == [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b")]


def test_a_component_that_is_one_long_cycle_is_walked_once() -> None:
    names = [f"d{number:05}" for number in range(5_000)]
    following = dict(zip(names, [*names[1:], names[0]], strict=True))
    graph = DependencyGraph(needing(name, following[name]) for name in names)
    (cycle,) = graph.cycles()
    assert len(cycle.edges) == 5_000
    assert len(cycle.feedback_arcs) == 1


def test_in_a_very_large_component_the_search_stops_at_a_short_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierdeps.cycles.find.MAX_EDGE_VISITS", 0)
    monkeypatch.setattr("tierdeps.cycles.find.MAX_VISITS_PER_EDGE", 0)
    short = needing("d", "a"), needing("e", "f"), needing("f", "c")
    cycle = only(needing("a", "b"), needing("b", "c"), needing("c", "d", "e"), *short)
    assert (cycle.path, cycle.shortest) == (("a", "b", "c", "d", "a"), False)


def test_drivers_that_need_each_other_are_found_however_large_the_component(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierdeps.cycles.find.MAX_EDGE_VISITS", 0)
    monkeypatch.setattr("tierdeps.cycles.find.MAX_VISITS_PER_EDGE", 0)
    cycle = only(needing("a", "b"), needing("b", "c"), needing("c", "a", "d"), needing("d", "c"))
    assert (cycle.path, cycle.shortest) == (("c", "d", "c"), True)


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] != pair[1]), min_size=1))
def test_no_cycle_is_shorter_than_the_one_that_is_shown(pairs: set[tuple[int, int]]) -> None:
    names = "abcdef"
    needs = {name: sorted(names[other] for one, other in pairs if names[one] == name) for name in names}
    graph = DependencyGraph(needing(name, *others) for name, others in needs.items())
    paths = list(nx.simple_cycles(nx.DiGraph([(names[one], names[other]) for one, other in pairs])))
    for cycle in graph.cycles():
        shortest = min(len(path) for path in paths if set(path) <= set(cycle.members))
        assert (len(cycle.edges), cycle.shortest) == (shortest, True)
        if shortest == 2:
            assert cycle.path[:2] == min(
                tuple(sorted(path)) for path in paths if set(path) <= set(cycle.members) and len(path) == shortest
            )
