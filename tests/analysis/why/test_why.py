"""Why drivers are where they are, compared with plain networkx and brute force."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, Tier, after, before, requires, wants
from tierdeps.analysis.why import Chain, Relation, explain_placement, explain_plan, explain_route, find_chain
from tierdeps.analysis.why.chain import MAX_CHAINS_COUNTED
from tierdeps.model import Dependency, Edge, Step

NAMES = "abcdef"
TIERS = (Tier("early"), Tier("late", after=("early",)))


@st.composite
def dependencies(draw: st.DrawFn, targets: str) -> tuple[Dependency, ...]:
    """Needs of all kinds, in phases or not, always or under a fact."""
    found = []
    for target in draw(st.sets(st.sampled_from(targets), max_size=3)) if targets else ():
        verb = draw(st.sampled_from((requires, wants, after)))
        when = draw(st.sampled_from((None, None, "on", "off")))
        phase = draw(st.sampled_from((None, "one", "two")))
        its = draw(st.sampled_from(("", ":one", ":two")))
        found.append(verb(target + its, phase=phase, when=when))
    return tuple(found)


@st.composite
def graphs(draw: st.DrawFn, *, cyclic: bool) -> DependencyGraph:
    """Six drivers of two phases; acyclic, each needs only what has a smaller name."""
    drivers = []
    for place, name in enumerate(NAMES):
        targets = NAMES.replace(name, "") if cyclic else NAMES[:place]
        tier = None if cyclic else draw(st.sampled_from((None, None, "early" if place < 3 else "late")))
        drivers.append(Driver(name, tier, ("one", "two"), draw(dependencies(targets))))
    return DependencyGraph(drivers, TIERS, facts={"on": True})


def driver(name: str, *needs: Dependency, tier: str | None = None, phases: tuple[str, ...] = ("start",)) -> Driver:
    return Driver(name, tier, phases, needs)


def brute_force(graph: DependencyGraph, dependent: str, needed: str) -> list[tuple[tuple[Step, Step], ...]]:
    """List all chains by walking every simple path of the step graph."""
    ways: nx.DiGraph[Step] = nx.DiGraph()
    ways.add_nodes_from(graph.steps)
    for far, near in graph.steps.edges:
        if near.driver != needed and (far.driver != dependent or near.driver == dependent):
            ways.add_edge(near, far)
    goals = (Step(needed, "one"), Step(needed, "two"))
    paths = (path for goal in goals for path in nx.all_simple_paths(ways, Step(dependent, "two"), goal))
    return [tuple(pair for pair in pairwise(path) if pair[0].driver != pair[1].driver) for path in paths]


def assert_joined(chain: tuple[Edge, ...], phases: tuple[str, ...]) -> None:
    """Every dependency goes on from a phase that the one before it has waited for."""
    for edge, following in pairwise(chain):
        assert edge.needed.driver == following.dependent.driver
        assert phases.index(edge.needed.phase) >= phases.index(following.dependent.phase)


@given(graphs(cyclic=False))
def test_counts_the_chains_of_a_graph_without_cycles_exactly(graph: DependencyGraph) -> None:
    for dependent, needed in (("f", "a"), ("e", "b"), ("f", "c")):
        chains = brute_force(graph, dependent, needed)
        found = find_chain(graph, dependent, needed)
        assert (found is None) == (not chains)
        if found is not None:
            assert (found.others, found.exact) == (len(chains) - 1, True)
            assert len(found.edges) == min(map(len, chains))
            assert tuple((edge.dependent, edge.needed) for edge in found.edges) in chains
            assert_joined(found.edges, ("one", "two"))


@given(graphs(cyclic=True))
def test_never_counts_more_chains_than_there_are(graph: DependencyGraph) -> None:
    chains = brute_force(graph, "f", "a")
    found = find_chain(graph, "f", "a")
    assert (found is None) == (not chains)
    if found is not None:
        assert found.others <= len(chains) - 1
        assert not found.exact or found.others == len(chains) - 1
        assert len(found.edges) == min(map(len, chains))


@given(graphs(cyclic=False))
def test_the_chains_of_a_place_are_proofs_of_it(graph: DependencyGraph) -> None:
    if graph.inversions:
        return
    plan = graph.collapse()
    for name in NAMES:
        place = explain_placement(graph, name)
        assert (place.tier, place.stage) == (plan.drivers[name].tier, plan.drivers[name].stage)
        stages = [plan.drivers[step].stage for step in (name, *(edge.needed.driver for edge in place.stage_chain))]
        assert stages == sorted(stages, reverse=True)
        assert set(stages) == set(range(1, stages[0] + 1)), "no stage on the way down is omitted"
        for edge in (*place.tier_chain, *place.stage_chain):
            assert edge in graph.edges
            assert plan.drivers[edge.needed.driver].tier == place.tier
        last = place.tier_chain[-1].needed.driver if place.tier_chain else name
        assert graph.drivers[last].tier == place.tier or place.tier == "early"


@given(st.one_of(graphs(cyclic=False), graphs(cyclic=True)))
def test_a_whole_explanation_says_what_each_place_says(graph: DependencyGraph) -> None:
    if graph.inversions or graph.cycles():
        return
    explanation = explain_plan(graph, graph.collapse())
    for name in NAMES:
        place = explain_placement(graph, name)
        assert {name, *place.co_staged} == explanation.co_staged.get(name, {name})
        assert place.stage_chain[:1] == tuple(filter(None, [explanation.stage_edges.get(name)]))
        assert place.tier_chain[:1] == tuple(filter(None, [explanation.tier_edges.get(name)]))


def test_counts_more_chains_than_could_ever_be_listed() -> None:
    drivers = [driver("a000")]
    for number in range(1, 400):
        left, right, above = f"l{number:03}", f"r{number:03}", f"a{number - 1:03}"
        drivers += [driver(left, requires(above)), driver(right, requires(above))]
        drivers.append(driver(f"a{number:03}", requires(left), requires(right)))
    found = find_chain(DependencyGraph(drivers), "a399", "a000")
    assert found is not None
    assert len(found.edges) == 2 * 399
    assert (found.others, found.exact) == (MAX_CHAINS_COUNTED, False)


def test_counts_two_other_ways_without_the_one_that_is_shown() -> None:
    graph = DependencyGraph(
        [driver("a"), driver("b", requires("a")), driver("c", requires("a")), driver("d", requires("b"), wants("c"))]
    )
    assert find_chain(graph, "d", "a") == Chain((graph.edges[2], graph.edges[0]), others=1, exact=True)


def test_a_cycle_on_the_way_is_one_way_and_makes_the_count_a_lower_bound() -> None:
    graph = DependencyGraph(
        [driver("x", requires("a")), driver("a", requires("b")), driver("b", requires("a"), requires("y")), driver("y")]
    )
    found = find_chain(graph, "x", "y")
    assert found is not None
    assert (len(found.edges), found.others, found.exact) == (3, 0, False)


def test_a_chain_may_go_on_from_an_earlier_phase_but_not_from_a_later_one() -> None:
    phases = ("one", "two")
    graph = DependencyGraph(
        [
            driver("base"),
            driver("late", requires("base", phase="two"), phases=phases),
            driver("early", requires("base"), phases=phases),
            driver("x", after("late:one")),
            driver("y", after("early:two")),
        ]
    )
    assert find_chain(graph, "x", "base") is None
    assert find_chain(graph, "y", "base") is not None


def test_before_makes_the_other_one_the_dependent() -> None:
    graph = DependencyGraph([driver("firewall", before("network")), driver("network")])
    route = explain_route(graph, "network", "firewall")
    assert route.relation is Relation.DEPENDS
    assert explain_placement(graph, "network").stage == 2


def test_a_shorter_chain_under_a_fact_is_reported() -> None:
    graph = DependencyGraph(
        [driver("a"), driver("b", requires("a")), driver("c", requires("b"), requires("a", when="direct"))]
    )
    route = explain_route(graph, "c", "a")
    assert route.forward is not None
    assert len(route.forward.edges) == 2
    assert [edge.when for edge in route.inactive] == ["direct"]


def test_tiers_order_nothing_where_they_are_in_a_cycle() -> None:
    tiers = (Tier("x", after=("y",)), Tier("y", after=("x",)))
    graph = DependencyGraph([driver("a", tier="x"), driver("b", tier="y")], tiers)
    assert explain_route(graph, "a", "b").relation is Relation.NONE


def test_a_tier_that_nobody_declares_is_named_as_such() -> None:
    graph = DependencyGraph([driver("a", tier="nowhere")], TIERS)
    place = explain_placement(graph, "a")
    assert (place.undeclared, place.named_by, place.tier) == ("nowhere", "", "early")


def test_drivers_that_share_a_stage_lead_to_what_is_below_it() -> None:
    phases = ("one", "two")
    graph = DependencyGraph(
        [
            driver("base"),
            driver("a", requires("base"), requires("b:one", phase="two"), phases=phases),
            driver("b", requires("a:one", phase="two"), phases=phases),
        ]
    )
    place = explain_placement(graph, "b")
    assert (place.stage, place.co_staged) == (2, ("a",))
    assert [edge.needed.driver for edge in place.stage_chain] == ["a", "base"]
