"""The resolver on random graphs: each test quotes the rule that it holds it to."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.property import oracle
from tests.property.strategies import cyclic, declarations, inverted, orderly, shuffled
from tierdeps._util.frozen import replace
from tierdeps.formats import View, order
from tierdeps.formats.check import json as json_check
from tierdeps.graph import DependencyGraph
from tierdeps.graph.errors import CycleError, GraphError
from tierdeps.manager import Manager
from tierdeps.model import CheckReport, Cycle, Drop, Move, Step
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import Selection, check_graph
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from tierdeps.model import Declarations, Edge

RULES = Manager(Settings(), path=[]).rules()
#: Every rule, those that run only on request too.
ALL = Selection(select=("TD1", "TD2", "TD201"))
anything = st.one_of(declarations(), cyclic(), inverted())
#: What looks at every rule's findings takes longer: half as many graphs.
fewer = settings(max_examples=settings().max_examples // 2, suppress_health_check=[HealthCheck.too_slow])


def report_of(graph: DependencyGraph, selection: Selection | None = None) -> CheckReport:
    return check_graph(RuleContext(graph), RULES, selection)


def the_cycles(graph: DependencyGraph) -> tuple[Cycle, ...]:
    assume(graph.cycles())
    return graph.cycles()


@given(orderly())
def test_the_plan_satisfies_every_declared_edge(found: Declarations) -> None:
    """``requires``: after it is ready; ``wants``, ``after`` and ``before`` likewise, as far as order goes."""
    graph = DependencyGraph.of(found)
    plan = graph.collapse()
    order = oracle.run_in_tiers(plan)
    assert len(order) == sum(len(driver.phases) for driver in found.drivers)
    for dependent, needed in oracle.expected_waits(graph):
        assert needed in [wait.step for waits in plan.drivers[dependent.driver].waits for wait in waits]
        assert order.index(needed) < order.index(dependent)


@given(orderly())
def test_the_plan_keeps_the_barriers(found: Declarations) -> None:
    """All of a tier is ready before anything of a later tier starts: nothing waits for a later tier."""
    graph = DependencyGraph.of(found)
    plan = graph.collapse()
    rank = {name: number for number, tier in enumerate(plan.tiers) for name in tier.drivers}
    assert all(rank[edge.needed.driver] <= rank[edge.dependent.driver] for edge in graph.edges)
    named = (driver for driver in found.drivers if driver.tier is not None)
    assert all(plan.drivers[driver.name].tier == driver.tier for driver in named)


@given(orderly())
def test_a_driver_without_a_tier_belongs_to_the_latest_among_what_it_needs(found: Declarations) -> None:
    """A driver that names no tier belongs to the latest tier among what it needs, else to the first."""
    graph = DependencyGraph.of(found)
    rank = graph.membership.rank
    for driver in found.drivers:
        if driver.tier is None:
            needed = [rank[edge.needed.driver] for edge in graph.edges if edge.dependent.driver == driver.name]
            assert rank[driver.name] == max(needed, default=0)


@given(st.one_of(anything, orderly()))
@fewer
def test_what_a_move_changes_is_what_is_different_then(found: Declarations) -> None:
    """A driver that is moved takes along those that name no tier and need it."""
    graph = DependencyGraph.of(found)
    before = graph.membership.rank
    for driver in graph.drivers:
        for tier in graph.tier_order.declared:
            after = DependencyGraph.of(Move(driver, tier).apply(graph.declarations)).membership.rank
            changed = {name: rank for name, rank in after.items() if rank != before[name]}
            assert graph.membership.ranks_if_moved(driver, tier) == changed


@given(orderly())
def test_stages_are_the_generations_of_plain_networkx(found: Declarations) -> None:
    """Stage: within a tier, a generation of the driver graph, after merging drivers that need each other."""
    graph = DependencyGraph.of(found)
    for tier in graph.collapse().tiers:
        drivers: nx.DiGraph[str] = nx.DiGraph()
        drivers.add_nodes_from(tier.drivers)
        pairs = ((edge.needed.driver, edge.dependent.driver) for edge in graph.edges)
        drivers.add_edges_from(pair for pair in pairs if set(pair) <= set(tier.drivers))
        whole = nx.condensation(drivers)
        members = [
            sorted(name for node in generation for name in whole.nodes[node]["members"])
            for generation in nx.topological_generations(whole)
        ]
        assert [list(stage) for stage in tier.stages] == members


@given(anything)
def test_there_is_a_cycle_for_each_component_of_plain_networkx(found: Declarations) -> None:
    """One is shown per strongly connected component; its members are all drivers of it, sorted."""
    graph = DependencyGraph.of(found)
    members = [tuple(sorted({step.driver for step in part})) for part in oracle.components(graph)]
    assert sorted(members) == [cycle.members for cycle in graph.cycles()]


@given(cyclic())
def test_every_cycle_reported_is_one(found: Declarations) -> None:
    """Cycle: a closed path of dependencies; the order of a driver's own phases costs nothing."""
    graph = DependencyGraph.of(found)
    for cycle in the_cycles(graph):
        for edge, following in zip(cycle.edges, (*cycle.edges[1:], cycle.edges[0]), strict=True):
            assert edge in graph.edges
            phases = graph.drivers[edge.needed.driver].phases
            assert edge.needed.driver == following.dependent.driver
            assert phases.index(following.dependent.phase) <= phases.index(edge.needed.phase)
        assert cycle.path[0] == min(cycle.path) == cycle.path[-1]
        assert len(set(cycle.path)) == len(cycle.edges)


@given(cyclic())
def test_every_cycle_reported_is_a_shortest_one(found: Declarations) -> None:
    """The path shown has the fewest conditional dependencies, and among those is shortest."""
    graph = DependencyGraph.of(found).with_all_facts()
    for cycle in the_cycles(graph):
        cost = (sum(edge.when is not None for edge in cycle.edges), len(cycle.edges))
        assert cost == oracle.cheapest_cycle(graph, oracle.component_of(graph, cycle))


@given(cyclic())
@fewer
def test_the_break_is_the_smallest_and_softest_there_is(found: Declarations) -> None:
    """The smallest set of dependencies whose removal leaves no cycle (exact up to 40 edges), soft ones preferred."""
    graph = DependencyGraph.of(found).with_all_facts()
    for cycle in the_cycles(graph):
        assert cycle.exact
        assert list(cycle.feedback_arcs) == oracle.smallest_break(graph, oracle.component_of(graph, cycle))


@given(cyclic())
def test_the_break_breaks(found: Declarations) -> None:
    """The smallest set of dependencies whose removal leaves no cycle."""
    graph = DependencyGraph.of(found).with_all_facts()
    for cycle in the_cycles(graph):
        after = found
        for edge in cycle.feedback_arcs:
            after = Drop(edge.declarer, edge.dependency).apply(after)
        left = DependencyGraph.of(after).with_all_facts()
        assert not set(oracle.component_of(graph, cycle)) & cyclic_steps(left)


@given(st.one_of(anything, orderly()))
@fewer
def test_there_is_an_order_exactly_where_there_is_no_error(found: Declarations) -> None:
    """Without findings of severity error there is an order; a graph with errors is refused."""
    graph = DependencyGraph.of(found)
    report = report_of(graph)
    if report.ok:
        oracle.run_in_tiers(graph.collapse())
        return
    with pytest.raises(CycleError if graph.cycles() else GraphError) as caught:
        graph.collapse()
    told = {finding.code for finding in report.errors}
    assert {finding.code for finding in caught.value.findings} == ({"TD101"} if graph.cycles() else told)


def cyclic_steps(graph: DependencyGraph) -> set[Step]:
    return {step for part in oracle.components(graph) for step in part}


@given(st.one_of(anything, orderly()), st.integers())
@fewer
def test_the_order_of_declarations_changes_nothing(found: Declarations, seed: int) -> None:
    """The same input gives the same bytes; permuting it changes nothing."""
    random = Random(seed)  # noqa: S311  nothing secret is drawn
    one, other = DependencyGraph.of(found), DependencyGraph.of(shuffled(found, random))
    assert checked(one.with_all_facts()) == checked(other.with_all_facts())
    assert ordered(one) == ordered(other)


def checked(graph: DependencyGraph) -> tuple[CheckReport, str]:
    report = report_of(graph, ALL)
    return report, "\n".join(json_check.render(report, View()))


def ordered(graph: DependencyGraph) -> object:
    """Return the plan, its digest and its bytes; or what there is instead."""
    try:
        plan = graph.collapse()
    except GraphError as error:
        return type(error), error.findings
    return plan, plan.digest, "\n".join(order.render_json(plan, View()))


@given(orderly())
def test_disabling_a_driver_moves_nothing(found: Declarations) -> None:
    """A disabled driver keeps its place: order and failure pass through it."""
    one = DependencyGraph.of(replace(found, disabled=frozenset())).collapse()
    other = DependencyGraph.of(replace(found, disabled=frozenset(driver.name for driver in found.drivers))).collapse()
    assert one.tiers == other.tiers
    assert one.digest == other.digest


@given(orderly())
def test_what_follows_from_others_can_be_removed(found: Declarations) -> None:
    """TD201: the order is the same without a redundant dependency."""
    graph = DependencyGraph.of(found).with_all_facts()
    assume(not graph.inversions)
    changed = graph.declarations
    for finding in report_of(graph, Selection(select=("TD201",))).findings:
        for fix in finding.fixes:
            assert fix.change is not None
            changed = fix.change.apply(changed)
    before, after = reached(graph.edges, graph), reached(DependencyGraph.of(changed).edges, graph)
    assert before == after


def reached(edges: tuple[Edge, ...], graph: DependencyGraph) -> set[tuple[Step, Step]]:
    """Return which step comes after which, taken all together."""
    steps = oracle.step_graph(graph)
    steps.remove_edges_from([pair for pair in steps.edges(keys=True) if pair[0].driver != pair[1].driver])
    steps.add_edges_from((edge.dependent, edge.needed) for edge in edges)
    plain: nx.DiGraph[Step] = nx.DiGraph(steps.edges())
    closure = nx.transitive_closure(plain)
    return {(one, other) for one, other in closure.edges if one != other}
