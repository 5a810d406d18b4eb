"""Fixes of cycles: another provider, another phase, or the smallest break."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.analysis.fixes.faults import components
from tierdeps.analysis.fixes.providers import other_providers
from tierdeps.graph import DependencyGraph
from tierdeps.model import Declarations, Drop, Evidence, Fix, Replace
from tierdeps.words.sentences import need_text, step_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.model import Change, Cycle, Edge, Step

    #: Returns what holds after a change; an empty string where it fixes nothing, or breaks something else.
    Proof = Callable[[Change], str]

#: So many dependencies of a cycle are tried for another provider or another phase.
TRIED = 12
#: So many dependencies are named in all breaks together: several sets are compared only where they are small.
NAMED = 6


def cycle_fixes(trials: Trials, cycle: Cycle) -> tuple[Fix, ...]:
    """Return what leaves a component without a cycle.

    Only what changes the cycle shown can fix it; and a change of one dependency does so only where one is enough.
    """
    proof = _no_cycle_is_left(trials, cycle)
    edges = cycle.edges[:TRIED]
    changes = (item for edge in edges for item in other_providers(trials.graph, edge))
    found = [Fix(summary, change, verified) for change, summary in changes if (verified := proof(change))]
    if len(cycle.feedback_arcs) == 1:
        found += [fix for edge in edges for fix in _other_phases(trials.graph, edge, proof)]
    return (*dict.fromkeys(found), *_breaks(trials, cycle), *elsewhere_fine(*cycle.when))


def elsewhere_fine(*facts: str | None) -> Iterator[Fix]:
    """Yield how a check learns that a fact holds nowhere: it takes all of them as true."""
    for fact in facts:
        if fact is not None:
            yield Fix(f"if {fact} never holds where this is to run, say so: check --assume {fact}=no")


def _no_cycle_is_left(trials: Trials, cycle: Cycle) -> Proof:
    inside = {step for arrow in cycle.step_edges for step in arrow}

    @cache  # looked for once, and only where there is anything to try
    def around() -> Declarations:
        return _surroundings(trials.graph, cycle.members)

    def proof(change: Change) -> str:
        if components(DependencyGraph.of(change.apply(around()))).keys() & inside:
            return ""
        trial = trials.of(change)
        if trial is None or trial.added:
            return ""
        then = _inversions_then(trials.graph, trial.after, cycle)
        return f"verified: no cycle is left{_where(cycle, components(trial.after))}{then}"

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


def _where(cycle: Cycle, tangled: Iterable[Step]) -> str:
    """Return among what no cycle is left: nothing has to be said where none is left at all."""
    elsewhere = {step.driver for step in tangled}
    if not elsewhere:
        return ""
    return " among these steps" if elsewhere & set(cycle.members) else " among these drivers"


def _inversions_then(before: DependencyGraph, after: DependencyGraph, cycle: Cycle) -> str:
    """Return what a change makes of the inversions among the members of a cycle: they are findings of their own."""
    if not _inverted(before, cycle):
        return ""
    return "; the inversion among them remains" if _inverted(after, cycle) else ", and no inversion among them"


def _inverted(graph: DependencyGraph, cycle: Cycle) -> bool:
    members = set(cycle.members)
    return any({edge.dependent.driver, edge.needed.driver} <= members for edge in graph.inversions)


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
        if verified := proof(change):
            step = step_name(edge.dependent._replace(phase=own))
            other = step_name(edge.needed._replace(phase=far))
            wide = f"{step_name(edge.dependent)} {edge.kind} {step_name(edge.needed)}"
            summary = f"if that is enough, narrow {wide} to {step} {edge.kind} {other} ({edge.origin})"
            yield Fix(summary, change, verified)
            return


def _breaks(trials: Trials, cycle: Cycle) -> Iterator[Fix]:
    """Offer the smallest breaks, the preferred one first; the last one says how many others are as small."""
    offered = max(1, NAMED // len(cycle.feedback_arcs))
    sets = (cycle.feedback_arcs, *cycle.other_feedback_arcs)[:offered]
    others = cycle.equal_count - len(sets)
    for index, edges in enumerate(sets, 1):
        more = _as_small(cycle, others) if index == len(sets) else ""
        yield _single(trials, cycle, edges[0], more) if len(edges) == 1 else _several(trials.graph, cycle, edges, more)


def _as_small(cycle: Cycle, others: int) -> str:
    if not others:
        return ""
    count = f"{'' if cycle.all_counted else 'at least '}{others}"
    return f"; {count} {'other is' if others == 1 else 'others are'} as small"


def _single(trials: Trials, cycle: Cycle, edge: Edge, more: str) -> Fix:
    drop = Drop(edge.declarer, edge.dependency)
    summary = f"remove the dependency: {need_text(edge)} ({edge.origin})"
    trial = trials.of(drop) if _inverted(trials.graph, cycle) else None
    then = _inversions_then(trials.graph, trial.after, cycle) if trial else ""
    return Fix(summary, drop, f"verified: no cycle is left{_elsewhere(trials.graph, cycle)}{then}{more}")


def _several(graph: DependencyGraph, cycle: Cycle, edges: tuple[Edge, ...], more: str) -> Fix:
    parts = tuple(Evidence(need_text(edge), edge.origin, edge.reason, edge.when) for edge in edges)
    left = f"no cycle is left{_elsewhere(graph, cycle)}"
    proof = f"verified: {left}, and no smaller set does it" if cycle.exact else f"found by a heuristic: {left}"
    return Fix(f"remove all {len(edges)} of these dependencies:", None, proof + more, parts)


def _elsewhere(graph: DependencyGraph, cycle: Cycle) -> str:
    """Return among what no cycle is left, without looking at all the cycles of the graph for each."""
    if len(graph.cycles()) == 1:
        return ""
    shared = any(graph.component_counts[name] > 1 for name in cycle.members)
    return " among these steps" if shared else " among these drivers"
