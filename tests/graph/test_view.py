"""What there is to draw of a graph, whatever is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, Tier, after, before, conflicts, requires, wants
from tierdeps.graph.view import MAX_KEPT_DRIVERS, EdgeView, GraphView, Made, build_view

TIERS = (Tier("core"), Tier("hypervisor", after=("core",)))
PHASES = ("initialize", "autostart")


def view(*drivers: Driver, facts: dict[str, bool] | None = None, disabled: tuple[str, ...] = ()) -> GraphView:
    return build_view(DependencyGraph(drivers, TIERS, facts=facts, disabled=disabled))


def text_of(edge: EdgeView) -> str:
    marks = ["in a cycle"] if edge.in_cycle else []
    marks += ["inversion"] if edge.inversion else []
    return " ".join([edge.dependent, "->", edge.needed, *marks])


def test_tiers_have_their_stages() -> None:
    found = view(
        Driver("qemu", tier="hypervisor", dependencies=(requires("storage"),)),
        Driver("storage", tier="core", dependencies=(requires("secret"),)),
        Driver("secret", tier="core"),
    )
    assert [(tier.name, tier.stages) for tier in found.tiers] == [
        ("core", (("secret",), ("storage",))),
        ("hypervisor", (("qemu",),)),
    ]
    assert found.ordered
    assert list(map(text_of, found.edges)) == ["qemu -> storage", "storage -> secret"]


def test_an_edge_names_its_phases_only_where_they_are_not_the_default() -> None:
    found = view(
        Driver("qemu", phases=PHASES, dependencies=(requires("storage"), before("late"))),
        Driver("storage", phases=PHASES, dependencies=(requires("qemu:initialize", phase="autostart"),)),
        Driver("late"),
    )
    assert [(text_of(edge), edge.label) for edge in found.edges] == [
        ("late -> qemu", ""),
        ("qemu -> storage in a cycle", ""),
        ("storage -> qemu in a cycle", "autostart -> initialize"),
    ]


def test_the_tiers_of_a_graph_with_a_cycle_have_no_stages() -> None:
    found = view(
        Driver("b", dependencies=(requires("a"),)), Driver("a", dependencies=(wants("b"),)), Driver("c", tier="core")
    )
    assert [(tier.name, tier.drivers, tier.stages) for tier in found.tiers] == [("core", ("a", "b", "c"), ())]
    assert not found.ordered


def test_exactly_the_edges_on_cycles_are_marked() -> None:
    found = view(
        Driver("a", dependencies=(requires("b"),)),
        Driver("b", dependencies=(requires("a"), requires("c"))),
        Driver("c", dependencies=(requires("b"), requires("out"))),
        Driver("out"),
        Driver("in", dependencies=(requires("a"),)),
    )
    assert list(map(text_of, found.edges)) == [
        "a -> b in a cycle",
        "b -> a in a cycle",
        "b -> c in a cycle",
        "c -> b in a cycle",
        "c -> out",
        "in -> a",
    ]


def test_drivers_that_need_each_other_in_different_phases_are_no_cycle() -> None:
    found = view(
        Driver("a", phases=PHASES, dependencies=(requires("b:initialize", phase="autostart"),)),
        Driver("b", phases=PHASES, dependencies=(requires("a:initialize", phase="autostart"),)),
    )
    assert list(map(text_of, found.edges)) == ["a -> b", "b -> a"]
    assert [tier.stages for tier in found.tiers] == [(("a", "b"),)]


def test_an_inversion_is_marked() -> None:
    found = view(Driver("storage", tier="core", dependencies=(requires("qemu"),)), Driver("qemu", tier="hypervisor"))
    assert list(map(text_of, found.edges)) == ["storage -> qemu inversion"]
    assert not found.ordered


def test_dependencies_whose_fact_is_false_are_not_drawn() -> None:
    drivers = (Driver("a", dependencies=(after("b", when="pool.auth"),)), Driver("b"))
    assert view(*drivers).edges == ()
    assert [edge.edge.when for edge in view(*drivers, facts={"pool.auth": True}).edges] == ["pool.auth"]


def test_dangling_dependencies_are_kept_and_each_target_is_named_once() -> None:
    found = view(
        Driver("a", dependencies=(requires("ghost"), requires("b:never"))),
        Driver("b", dependencies=(requires("ghost"),)),
    )
    assert [item.driver for item in found.dangling] == ["a", "a", "b"]
    assert found.dangling_targets == ("b:never (unknown phase)", "ghost (missing)")


def test_conflicts_are_kept_apart_from_edges() -> None:
    found = view(Driver("a", dependencies=(conflicts("b"),)), Driver("b"))
    assert found.edges == ()
    assert [(edge.dependent, edge.needed) for edge in found.conflicts] == [("a", "b")]


def test_a_disabled_driver_keeps_its_place() -> None:
    found = view(Driver("a", dependencies=(requires("b"),)), Driver("b"), disabled=("b",))
    assert [(node.name, node.disabled) for node in found.nodes] == [("a", False), ("b", True)]
    assert found.tiers[0].stages == (("b",), ("a",))


def test_a_graph_without_drivers_has_a_view() -> None:
    assert view() == GraphView((), (), ())


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, st.tuples(st.sampled_from([None, "core", "hypervisor"]), st.sets(NAMES)), max_size=6))
def test_every_driver_is_in_one_tier_and_every_dependency_is_drawn_or_dangling(
    needs: dict[str, tuple[str | None, set[str]]],
) -> None:
    drivers = [
        Driver(name, tier=tier, dependencies=tuple(requires(other) for other in sorted(others)))
        for name, (tier, others) in needs.items()
    ]
    found = view(*drivers)
    assert sorted(name for tier in found.tiers for name in tier.drivers) == sorted(needs)
    assert len(found.edges) + len(found.dangling) == sum(len(others) for _, others in needs.values())


def test_values_that_are_made_when_they_are_read_are_a_sequence() -> None:
    made = Made(lambda: iter("abc"), 3)
    assert (list(made), list(made), len(made)) == (["a", "b", "c"], ["a", "b", "c"], 3)
    assert (made[0], made[-1], made[1:]) == ("a", "c", ("b", "c"))
    with pytest.raises(IndexError):
        made[3]


def test_the_view_of_a_large_graph_is_that_of_a_small_one() -> None:
    names = {f"d{number}": [f"d{number // 2}"] if number else [] for number in range(MAX_KEPT_DRIVERS + 1)}
    view = build_view(DependencyGraph.from_names(names))
    assert isinstance(view.edges, Made)
    assert isinstance(view.nodes, Made)
    edges = {(edge.dependent, edge.needed) for edge in view.edges}
    assert edges == {(name, other) for name, others in names.items() for other in others}
    assert [node.name for node in view.nodes] == sorted(names)
    assert (len(view.edges), view.ordered) == (MAX_KEPT_DRIVERS, True)
