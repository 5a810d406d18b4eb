"""What is active: what the targets need, want and pull."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps import (
    DependencyGraph,
    DisabledTargetError,
    Driver,
    GraphError,
    Tier,
    UnknownNameError,
    after,
    before,
    conflicts,
    pulls,
    required_by,
    requires,
    wanted_by,
    wants,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.model import Dependency

    Verb = Callable[[str], Dependency]

CORE_APP = Tier("core"), Tier("app", after=("core",))


def driver(name: str, *dependencies: Dependency, **more: object) -> Driver:
    return Driver(name, dependencies=dependencies, **more)  # type: ignore[arg-type]


def graph_of(*drivers: Driver, targets: tuple[str, ...] = ("t",), **more: object) -> DependencyGraph:
    return DependencyGraph(drivers, targets=targets, **more)  # type: ignore[arg-type]


def active(*drivers: Driver, targets: tuple[str, ...] = ("t",), **more: object) -> list[str]:
    return list(graph_of(*drivers, targets=targets, **more).active.drivers)


def test_without_targets_every_driver_is_active() -> None:
    graph = DependencyGraph((driver("a"), driver("b")))
    assert graph.active is graph.whole is graph
    assert graph.activity is None


@pytest.mark.parametrize("verb", [requires, wants, pulls])
def test_what_a_target_needs_wants_or_pulls_is_active_transitively(verb: Verb) -> None:
    chain = driver("t", verb("a")), driver("a", verb("b")), driver("b"), driver("other", verb("t"))
    assert active(*chain) == ["a", "b", "t"]


@pytest.mark.parametrize("verb", [required_by, wanted_by])
def test_so_is_what_says_so_from_the_other_side(verb: Verb) -> None:
    assert active(driver("t"), driver("a", verb("t")), driver("b", verb("a")), driver("c", verb("d")), driver("d")) == [
        "a",
        "b",
        "t",
    ]


@pytest.mark.parametrize("verb", [after, before, conflicts])
def test_order_and_conflicts_bring_nothing_in(verb: Verb) -> None:
    assert active(driver("t", verb("a")), driver("a")) == ["t"]


def test_what_is_pulled_is_in_no_order() -> None:
    plan = graph_of(driver("t", pulls("a")), driver("a", pulls("t"))).collapse()
    assert plan.tiers[0].stages == (("a", "t"),)


def test_an_optional_dependency_brings_in_what_is_there() -> None:
    assert active(driver("t", requires("a", optional=True), wants("x", optional=True)), driver("a")) == ["a", "t"]


def test_what_is_needed_under_a_fact_is_active_where_it_holds() -> None:
    drivers = driver("t", requires("a", when="hot")), driver("a"), driver("b", wanted_by("t"), when="hot")
    assert active(*drivers) == ["t"]
    assert active(*drivers, facts={"hot": True}) == ["a", "b", "t"]
    assert list(graph_of(*drivers).active.with_all_facts().drivers) == ["a", "b", "t"]


def test_a_target_may_be_a_capability_and_means_the_chosen_or_every_provider() -> None:
    drivers = driver("a", provides=("door",)), driver("b", provides=("door",)), driver("c")
    assert active(*drivers, targets=("door",)) == ["a", "b"]
    assert active(*drivers, targets=("door",), choices={"door": "b"}) == ["b"]


def test_a_target_may_be_all_instances_of_a_name() -> None:
    assert active(driver("w@a"), driver("w@b"), driver("w"), targets=("w@*",)) == ["w@a", "w@b"]


def test_the_plan_of_the_active_part_has_the_tiers_of_the_whole() -> None:
    late = driver("late", tier="app")
    drivers = driver("t", after("late")), late, driver("b", tier="core"), driver("u", requires("t"))
    graph = graph_of(*drivers, targets=("u", "b"), tiers=CORE_APP)
    assert [(tier.name, tier.stages) for tier in graph.collapse().tiers] == [
        ("core", (("b",),)),
        ("app", (("t",), ("u",))),
    ], "t comes after what is in a later tier, whether or not that is active"
    assert graph.active.membership.inferred_from("t") == "late"


def test_what_is_not_active_needs_no_plan() -> None:
    wrong = driver("x", requires("nowhere")), driver("y", requires("z")), driver("z", requires("y"), tier="none")
    graph = graph_of(driver("t"), *wrong)
    assert list(graph.collapse().drivers) == ["t"]
    assert [len(graph.unresolved), len(graph.cycles()), len(graph.active.cycles())] == [1, 1, 0]
    with pytest.raises(GraphError):
        graph.collapse(targets=())


def test_a_soft_dependency_on_what_is_not_active_is_none() -> None:
    graph = graph_of(driver("t", after("a"), conflicts("b"), before("c")), driver("a"), driver("b"), driver("c"))
    assert (graph.active.edges, graph.conflicts, graph.active.unknown_targets) == ((), (), ())
    assert graph.collapse().drivers["t"].absent == ("a",), "its lifecycle may look it up, and gets none"


def test_the_library_names_targets_for_one_plan() -> None:
    graph = DependencyGraph((driver("a", requires("b")), driver("b"), driver("c")))
    assert list(graph.collapse(targets=("a",)).drivers) == ["b", "a"]
    assert list(graph.with_targets(("c",)).collapse(targets=("b",)).drivers) == ["b"]
    assert len(graph.collapse().drivers) == 3


def test_a_target_that_nothing_is_named_like_is_refused() -> None:
    graph = DependencyGraph((driver("storage"), driver("off")), disabled=("off",))
    with pytest.raises(UnknownNameError, match="no driver is named 'storrage'; did you mean 'storage'"):
        graph.collapse(targets=("storrage",))
    with pytest.raises(DisabledTargetError):
        graph.collapse(targets=("off",))
    with pytest.raises(GraphError, match="the target 'storrage' is no driver"):
        DependencyGraph((driver("storage"),), targets=("storrage",)).collapse()


def test_a_target_that_is_absent_because_of_its_fact_is_nothing() -> None:
    graph = DependencyGraph((driver("a", when="hot"), driver("b")))
    assert list(graph.collapse(targets=("a", "b")).drivers) == ["b"]
    assert dict(graph.collapse(targets=("a",)).facts) == {}


def test_order_passes_through_an_active_driver_that_is_disabled() -> None:
    drivers = driver("t", requires("a")), driver("a", requires("b")), driver("b")
    plan = graph_of(*drivers, disabled=("a",)).collapse()
    assert plan.tiers[0].stages == (("b",), ("a",), ("t",))


class TestDropping:
    """What is only wanted or pulled comes with all that it requires, or not at all."""

    @pytest.mark.parametrize("verb", [wants, pulls])
    def test_what_lacks_a_requirement_is_dropped(self, verb: Verb) -> None:
        graph = graph_of(
            driver("t", verb("a")), driver("a", requires("b"), wants("c")), driver("b", requires("x")), driver("c")
        )
        assert list(graph.collapse().drivers) == ["t"]
        assert graph.activity is not None
        (dropped,) = graph.activity.dropped
        assert (dropped.driver, [edge.declarer for edge in dropped.wanted]) == ("a", ["t"])
        assert [edge.needed.driver for edge in dropped.chain] == ["b"]
        assert dropped.missing is not None
        assert (dropped.missing.driver, dropped.missing.subject) == ("b", "x")
        assert graph.activity.excused == {"a", "b"}

    def test_what_a_target_requires_is_an_error(self) -> None:
        graph = graph_of(driver("t", requires("a")), driver("a", requires("x")))
        with pytest.raises(GraphError, match="'x'"):
            graph.collapse()

    def test_what_is_required_and_wanted_is_required(self) -> None:
        graph = graph_of(driver("t", wants("a"), requires("b")), driver("b", requires("a")), driver("a", requires("x")))
        with pytest.raises(GraphError, match="'x'"):
            graph.collapse()

    def test_what_conflicts_with_the_plan_is_dropped_and_the_first_one_stays(self) -> None:
        drivers = driver("t", wants("a"), wants("b")), driver("a"), driver("b", conflicts("a"))
        graph = graph_of(*drivers)
        assert list(graph.collapse().drivers) == ["a", "t"]
        assert graph.conflicts == ()
        assert graph.activity is not None
        assert [item.conflict is not None for item in graph.activity.dropped] == [True]

    def test_what_a_target_requires_stays_whoever_comes_first(self) -> None:
        drivers = (
            driver("t", wants("a"), requires("z")),
            driver("z", requires("b")),
            driver("a", conflicts("b")),
            driver("b"),
        )
        assert active(*drivers) == ["b", "t", "z"]

    def test_one_that_conflicts_with_its_own_requirement_is_dropped(self) -> None:
        drivers = (
            driver("t", wants("a")),
            driver("a", requires("b"), requires("c")),
            driver("b", conflicts("c")),
            driver("c"),
        )
        assert active(*drivers) == ["t"]

    def test_what_requires_a_dropped_one_is_dropped_for_the_same_reason(self) -> None:
        drivers = driver("t", wants("a"), wants("b")), driver("a", requires("x")), driver("b", requires("a"))
        graph = graph_of(*drivers)
        assert active(*drivers) == ["t"]
        assert graph.activity is not None
        assert [item.missing.driver for item in graph.activity.dropped if item.missing] == ["a", "a"]

    def test_two_that_are_required_and_conflict_are_an_error(self) -> None:
        graph = graph_of(driver("t", requires("a"), requires("b")), driver("a"), driver("b", conflicts("a")))
        with pytest.raises(GraphError, match="conflicts"):
            graph.collapse()

    def test_drivers_that_are_not_active_conflict_with_nothing(self) -> None:
        graph = graph_of(driver("t"), driver("stop", conflicts("t"), conflicts("a")), driver("a"))
        assert graph.conflicts == ()
        assert len(graph.declared_conflicts) == 2


class TestFacts:
    """A plan records the facts on which it depends what is active."""

    @pytest.mark.parametrize(
        "other",
        [
            driver("a", wanted_by("t"), when="hot"),
            driver("a", wanted_by("t", when="hot")),
            driver("a", provides=("door",), when="hot"),
        ],
    )
    def test_those_that_would_bring_something_in(self, other: Driver) -> None:
        graph = graph_of(driver("t", wants("door", optional=True)), other)
        assert dict(graph.collapse().facts) == {"hot": False}
        assert graph.active.with_all_facts().drivers.keys() == {"a", "t"}

    @pytest.mark.parametrize("other", [driver("a", when="hot"), driver("a", wants("t", when="hot"))])
    def test_no_others(self, other: Driver) -> None:
        assert dict(graph_of(driver("t"), other).collapse().facts) == {}


def test_of_a_million_names_only_those_that_are_reached_are_looked_at() -> None:
    graph = DependencyGraph.from_names({"t": ["a"], "a": ["b"], "b": [], "c": ["t", "nowhere"]})
    assert list(graph.collapse(targets=("t",)).drivers) == ["b", "a", "t"]
