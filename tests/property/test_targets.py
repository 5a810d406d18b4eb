"""What is active, on random graphs: each test quotes the rule that it holds it to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.strategies import CAPABILITIES, FACTS, NAMES, declarations, inverted, orderly, placed
from tierdeps._util.frozen import replace
from tierdeps.graph import DependencyGraph
from tierdeps.graph.errors import GraphError
from tierdeps.model import Declarations, Dependency, Driver, Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.model import Plan

anything = st.one_of(declarations(), inverted(), orderly())
targets = st.lists(st.sampled_from([*NAMES, *CAPABILITIES]), min_size=1, max_size=2)
few = settings(max_examples=settings().max_examples // 2)


def plan_of(graph: DependencyGraph) -> Plan | None:
    try:
        return graph.collapse()
    except GraphError:
        return None


@given(anything, targets)
@few
def test_what_is_active_has_all_that_it_needs(found: Declarations, names: list[str]) -> None:
    """The plan is what the targets need, want and pull; a driver comes with all that it requires, or not at all."""
    graph = DependencyGraph.of(replace(found, targets=tuple(names)))
    assert graph.activity is not None
    active, dropped = graph.activity.active, {item.driver for item in graph.activity.dropped}
    assert not active & dropped
    soft = [edge for edge in graph.edges if edge.kind is Kind.WANTS]
    hard = [edge for edge in graph.edges if edge.kind is Kind.REQUIRES]
    for edge in hard:
        assert edge.dependent.driver not in active or edge.needed.driver in active
    for edge in (*soft, *graph.pulls):
        assert edge.dependent.driver not in active or edge.needed.driver in active | dropped


@given(anything, targets)
@few
def test_nothing_else_is_active(found: Declarations, names: list[str]) -> None:
    """The plan is what the targets need, want and pull."""
    graph = DependencyGraph.of(replace(found, targets=tuple(names)))
    bringing = {
        (edge.dependent.driver, edge.needed.driver)
        for edge in (*graph.edges, *graph.pulls)
        if edge.kind in (Kind.REQUIRES, Kind.WANTS, Kind.PULLS)
    }
    reached = {name for target in names for name in graph.meant_by(target)}
    while more := {needed for dependent, needed in bringing if dependent in reached} - reached:
        reached |= more
    assert graph.activity is not None
    assert graph.activity.active <= reached
    if not graph.activity.dropped:
        assert graph.activity.active == reached


@given(anything, targets)
@few
def test_the_order_of_the_active_part_is_that_of_the_whole(found: Declarations, names: list[str]) -> None:
    """What is active changes the order of nothing."""
    whole = DependencyGraph.of(found)
    part = DependencyGraph.of(replace(found, targets=tuple(names))).active
    known = part.drivers.keys()
    assert part.edges == tuple(edge for edge in whole.edges if {edge.dependent.driver, edge.needed.driver} <= known)
    assert all(part.membership[name] == whole.membership[name] for name in known)
    everything, some = plan_of(whole), plan_of(part)
    if everything is not None and some is not None:
        for driver in some:
            assert driver.stage <= everything.drivers[driver.name].stage
            assert set(driver.waits[0]) <= set(everything.drivers[driver.name].waits[0])
    assert everything is None or some is not None or part.activity.unknown  # type: ignore[union-attr]


@given(anything)
@few
def test_pulling_never_adds_an_order(found: Declarations) -> None:
    """``pulls``: presence in the plan, no order."""
    graph = DependencyGraph.of(found)
    without = DependencyGraph.of(_filtered(found, lambda item: item.kind is not Kind.PULLS))
    assert graph.edges == without.edges
    plan, other = plan_of(graph), plan_of(without)
    assert plan is None or (other is not None and plan.digest == other.digest)


@given(anything)
@few
def test_what_is_declared_from_the_other_side_is_what_the_other_would_declare(found: Declarations) -> None:
    """``required_by``, ``wanted_by``: an edge of the target's, declared from here."""
    found = replace(found, drivers=tuple(replace(driver, when=None) for driver in found.drivers))
    plan = plan_of(DependencyGraph.of(found))
    written = plan_of(DependencyGraph.of(_written_at_the_other_side(found)))
    assert (plan is None) == (written is None)
    if plan is not None and written is not None:
        assert plan.digest == written.digest


def _filtered(found: Declarations, keep: Callable[[Dependency], bool]) -> Declarations:
    drivers = tuple(
        replace(driver, dependencies=tuple(item for item in driver.dependencies if keep(item)))
        for driver in found.drivers
    )
    return replace(found, drivers=drivers)


def _written_at_the_other_side(found: Declarations) -> Declarations:
    """Declare what is declared from the other side at the driver that it is an edge of, with both phases named."""
    graph = DependencyGraph.of(found | Declarations(facts=dict.fromkeys(FACTS, True)))
    resolved = {
        (edge.declarer, edge.dependency)
        for edge in graph.edges
        if edge.dependency.kind.of_dependent is not edge.dependency.kind
    }
    moved: dict[str, list[Dependency]] = {}
    for edge in graph.edges:
        if (edge.declarer, edge.dependency) in resolved:
            item = edge.dependency
            moved.setdefault(edge.dependent.driver, []).append(
                Dependency(edge.kind, str(edge.needed), edge.dependent.phase, item.when, item.reason)
            )

    def rewritten(driver: Driver) -> Driver:
        kept = tuple(item for item in driver.dependencies if (driver.name, item) not in resolved)
        return replace(driver, dependencies=(*kept, *moved.get(driver.name, ())))

    return placed(replace(found, drivers=tuple(map(rewritten, found.drivers))))
