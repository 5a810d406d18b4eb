"""Mends that are computed and proved: each is applied to the declarations, and what then holds is looked at."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tierdeps.errors import GraphError
from tierdeps.graph import DependencyGraph
from tierdeps.model import Choose, Declarations, Drop, Evidence, Fix, Kind, Move, Replace
from tierdeps.resolution.membership import Membership
from tierdeps.value import replace
from tierdeps.words.sentences import need_text, step_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tierdeps.model import Change, Cycle, Edge, Step

    #: Says what holds after a change; an empty string where it mends nothing, or breaks something else.
    Proof = Callable[[Change], str]

#: So many dependencies of a cycle are tried for another provider or another phase.
TRIED = 12


def cycle_mends(graph: DependencyGraph, cycle: Cycle) -> tuple[Fix, ...]:
    """Return what leaves a component without a cycle: another provider, another phase, or the smallest break.

    Only what changes the cycle shown can mend it; and a change of one dependency does so only where one is enough.
    """
    proof = _no_cycle_is_left(graph, cycle)
    edges = cycle.edges[:TRIED]
    found = [fix for edge in edges for fix in _other_providers(graph, edge, proof)]
    if len(cycle.breaks) == 1:
        found += [fix for edge in edges for fix in _other_phases(graph, edge, proof)]
    return (*dict.fromkeys(found), _break(graph, cycle), *_elsewhere_fine(*cycle.when))


def inversion_mends(graph: DependencyGraph, edge: Edge) -> tuple[Fix, ...]:
    """Return what puts a dependency on a later tier right: another provider, another tier, or doing without."""

    def proof(change: Change) -> str:
        after = DependencyGraph.of(change.apply(graph.declarations))
        left = any((item.declarer, item.dependency) == (edge.declarer, edge.dependency) for item in after.inversions)
        return "" if left or _worse(graph, after) else "proved: the inversion is gone"

    drop = Drop(edge.declarer, edge.dependency)
    doing_without = Fix(f"take it away: {need_text(edge)} ({edge.origin})", drop, "proved: the inversion is gone")
    return (*_other_providers(graph, edge, proof), *_moves(graph, edge), doing_without, *_elsewhere_fine(edge.when))


def _elsewhere_fine(*facts: str | None) -> Iterator[Fix]:
    """Say how a check can be told that a fact holds nowhere: it takes all of them as true."""
    for fact in facts:
        if fact is not None:
            yield Fix(f"if {fact} never holds where this is to run, say so: check --assume {fact}=no")


def _no_cycle_is_left(graph: DependencyGraph, cycle: Cycle) -> Proof:
    inside = {step for arrow in cycle.arrows for step in arrow}

    @cache  # looked for once, and only where there is anything to try
    def around() -> Declarations:
        return _surroundings(graph, cycle.members)

    def proof(change: Change) -> str:
        if _tangled(DependencyGraph.of(change.apply(around()))) & inside:
            return ""
        after = DependencyGraph.of(change.apply(graph.declarations))
        if _worse(graph, after):
            return ""
        return f"proved: no cycle is left{_where(cycle, _tangled(after))}{_inversions_then(graph, after, cycle)}"

    return proof


def _surroundings(graph: DependencyGraph, members: Iterable[str]) -> Declarations:
    """Return the declarations of some drivers and of all that they need, with every provider that could be chosen.

    No cycle through these drivers leaves this part, so what leaves one here is refused before the whole is looked at.
    """
    inside = set(members)
    doubtful = list(inside)
    pred = graph.membership.graph.pred
    while doubtful:
        name = doubtful.pop()
        driver = graph.drivers[name]
        named = (graph.resolver.look_up(item.target) for item in driver.dependencies)
        near = {other for target in named if target.via for other in target.drivers} | set(pred[name])
        near |= {other for capability in driver.provides for other in graph.resolver.providers[capability]}
        doubtful.extend(near - inside)
        inside |= near
    kept = tuple(driver for name, driver in graph.drivers.items() if name in inside)
    return replace(graph.declarations, drivers=kept, disabled=graph.declarations.disabled & inside)


def _tangled(graph: DependencyGraph) -> set[Step]:
    """Return the steps that need each other in cycles."""
    import networkx as nx

    parts = nx.strongly_connected_components(graph.steps)
    return {step for part in parts if len(part) > 1 for step in part}


def _where(cycle: Cycle, tangled: Iterable[Step]) -> str:
    """Say among what no cycle is left: nothing has to be said where none is left at all."""
    elsewhere = {step.driver for step in tangled}
    if not elsewhere:
        return ""
    return " among these steps" if elsewhere & set(cycle.members) else " among these drivers"


def _inversions_then(before: DependencyGraph, after: DependencyGraph, cycle: Cycle) -> str:
    """Say what a change makes of the inversions among the members of a cycle: they are findings of their own."""
    members = set(cycle.members)
    if not any(set(pair) <= members for pair in _crossings(before)):
        return ""
    if any(set(pair) <= members for pair in _crossings(after)):
        return "; the inversion among them remains"
    return ", and no inversion among them"


def _elsewhere(graph: DependencyGraph, cycle: Cycle) -> str:
    """Say the same of the cycles that the graph has, without looking at all of them for each."""
    if len(graph.cycles()) == 1:
        return ""
    shared = any(graph.tangles[name] > 1 for name in cycle.members)
    return " among these steps" if shared else " among these drivers"


def _worse(before: DependencyGraph, after: DependencyGraph) -> bool:
    """Tell whether a change puts something else wrong: a target that cannot be told, an inversion, a new cycle."""
    if set(after.unresolved) - set(before.unresolved) or _crossings(after) - _crossings(before):
        return True
    return bool(_tangled(after) - _tangled(before))


def _crossings(graph: DependencyGraph) -> set[tuple[str, str]]:
    return {(edge.dependent.driver, edge.needed.driver) for edge in graph.inversions}


def _other_providers(graph: DependencyGraph, edge: Edge, proof: Proof) -> Iterator[Fix]:
    """Offer the other drivers that provide what is needed here; who only comes after something needs nothing of it."""
    if edge.kind not in (Kind.REQUIRES, Kind.WANTS):
        return
    tried = {edge.needed.driver, edge.dependent.driver} | graph.declarations.disabled
    for capability in (edge.via,) if edge.via else sorted(graph.drivers[edge.needed.driver].provides):
        others = set(graph.resolver.providers[capability]) - tried
        tried |= others
        for provider in sorted(others):
            change = _choice(edge, capability, provider)
            if proved := proof(change):
                yield Fix(_choice_text(edge, capability, provider), change, proved)


def _choice(edge: Edge, capability: str, provider: str) -> Change:
    if edge.via:
        return Choose(capability, provider)
    return Replace(edge.declarer, edge.dependency, replace(edge.dependency, target=provider))


def _choice_text(edge: Edge, capability: str, provider: str) -> str:
    current = edge.needed.driver
    if edge.via:
        return (
            f"choose {provider} for {capability} instead of {current}:"
            f' "{capability}" = "{provider}" in [choose], in the graph file or in tierdeps.toml'
        )
    return (
        f"let {edge.declarer} depend on {provider} instead of {current} ({edge.origin}): it provides {capability} too"
    )


def _other_phases(graph: DependencyGraph, edge: Edge, proof: Proof) -> Iterator[Fix]:
    """Offer the nearest pair of phases that is enough to leave no cycle, where the dependent itself declares it."""
    if edge.declarer != edge.dependent.driver:
        return
    mine, its = graph.drivers[edge.dependent.driver].phases, graph.drivers[edge.needed.driver].phases
    later, earlier = mine[mine.index(edge.dependent.phase) :], its[: its.index(edge.needed.phase) + 1]
    pairs = [(own, far) for own in later for far in reversed(earlier)]
    for own, far in pairs[1:]:
        target = f"{edge.via or edge.needed.driver}:{far}"
        change = Replace(edge.declarer, edge.dependency, replace(edge.dependency, target=target, phase=own))
        if proved := proof(change):
            step = step_name(edge.dependent._replace(phase=own))
            other = step_name(edge.needed._replace(phase=far))
            wide = f"{step_name(edge.dependent)} {edge.kind} {step_name(edge.needed)}"
            summary = f"if that is enough, narrow {wide} to {step} {edge.kind} {other} ({edge.origin})"
            yield Fix(summary, change, proved)
            return


def _break(graph: DependencyGraph, cycle: Cycle) -> Fix:
    """Offer the smallest break, as one mend; of one dependency it can be applied as it stands."""
    breaks = cycle.breaks
    only = Drop(breaks[0].declarer, breaks[0].dependency) if len(breaks) == 1 else None
    left = f"no cycle is left{_elsewhere(graph, cycle)}"
    if only is not None:
        summary = f"take it away: {need_text(breaks[0])} ({breaks[0].origin})"
        return Fix(summary, only, f"proved: {left}{_inversions_without(graph, cycle)}")
    parts = tuple(Evidence(need_text(edge), edge.origin, edge.reason, edge.when) for edge in breaks)
    proof = f"proved: {left}, and no smaller set does it" if cycle.exact else f"found by a heuristic: {left}"
    return Fix(f"take all {len(breaks)} of these away:", None, proof, parts)


def _inversions_without(graph: DependencyGraph, cycle: Cycle) -> str:
    """Say of taking a dependency away what is said of other changes."""
    members = set(cycle.members)
    if not any(set(pair) <= members for pair in _crossings(graph)):
        return ""
    only = Drop(cycle.breaks[0].declarer, cycle.breaks[0].dependency)
    return _inversions_then(graph, DependencyGraph.of(only.apply(graph.declarations)), cycle)


def _moves(graph: DependencyGraph, edge: Edge) -> Iterator[Fix]:
    """Offer to move either driver to the other's tier, where the whole graph then has an order."""
    tier = graph.membership
    dependent, needed = edge.dependent.driver, edge.needed.driver
    for driver, target in ((dependent, tier[needed]), (needed, tier[dependent])):
        change = Move(driver, target)
        if _has_order(graph, change):
            summary = f"move {driver} from the tier {tier[driver]} to {target}"
            yield Fix(summary, change, "proved: then the whole graph has an order")


def _has_order(graph: DependencyGraph, change: Move) -> bool:
    """Tell whether there is a plan then; a move changes no dependency, so most are refused by the tiers alone."""
    drivers = {**graph.drivers, change.driver: replace(graph.drivers[change.driver], tier=change.tier)}
    rank = Membership(drivers, graph.edges, graph.membership.tiers).rank
    if any(rank[edge.needed.driver] > rank[edge.dependent.driver] for edge in graph.edges):
        return False
    try:
        DependencyGraph.of(change.apply(graph.declarations)).collapse()
    except GraphError:
        return False
    return True
