"""Fixes of cycles: another provider, another phase, or the removal of the smallest set of dependencies."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.analysis.fixes.providers import other_providers
from tierdeps.graph import DependencyGraph
from tierdeps.graph.view import component_numbers
from tierdeps.model import Declarations, Drop, Evidence, Fix, Replace
from tierdeps.words.sentences import need_text, step_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.model import Change, Cycle, Edge, Step

    #: Returns what was verified after a change; an empty string where it fixes nothing, or adds an error.
    Verify = Callable[[Change], str]

#: The maximal number of dependencies of a cycle that are tried with another provider or another phase.
MAX_EDGES_TRIED = 12
#: The maximal number of dependencies in all offered sets together: several sets are offered only if they are small.
MAX_DEPENDENCIES_NAMED = 6


def cycle_fixes(trials: Trials, cycle: Cycle) -> tuple[Fix, ...]:
    """Return the changes that leave a component without a cycle.

    Only a change to the reported cycle can do so; a change of a phase only where one dependency is enough to remove.
    """
    verify = _verify_no_cycle_left(trials, cycle)
    edges = cycle.edges[:MAX_EDGES_TRIED]
    changes = (item for edge in edges for item in other_providers(trials.graph, edge))
    found = [Fix(summary, change, verified) for change, summary in changes if (verified := verify(change))]
    if len(cycle.feedback_arcs) == 1:
        found += [fix for edge in edges for fix in _other_phases(trials.graph, edge, verify)]
    return (*dict.fromkeys(found), *_removals(trials, cycle), *fixes_by_assumption(*cycle.when))


def fixes_by_assumption(*facts: str | None) -> Iterator[Fix]:
    """Yield how to tell a check that a fact is never true: it takes all facts as true."""
    for fact in facts:
        if fact is not None:
            yield Fix(f"if {fact} is never true where this runs, exclude it: check --assume {fact}=no")


def _verify_no_cycle_left(trials: Trials, cycle: Cycle) -> Verify:
    inside = {step for edge in cycle.step_edges for step in edge}

    @cache  # computed once, and only where there is a change to try
    def surroundings() -> Declarations:
        return _surroundings(trials.graph, cycle.members)

    def verify(change: Change) -> str:
        if component_numbers(DependencyGraph.of(change.apply(surroundings()))).keys() & inside:
            return ""
        trial = trials.of(change)
        if trial is None or trial.added:
            return ""
        then = _inversions_then(trials.graph, trial.after, cycle)
        return f"verified: no cycle remains{_where(cycle, component_numbers(trial.after))}{then}"

    return verify


def _surroundings(graph: DependencyGraph, members: Iterable[str]) -> Declarations:
    """Return the declarations of some drivers and of all that they need, with every provider that could be chosen.

    Every cycle through these drivers lies within this part of the graph. A change that leaves one here is discarded
    before the whole graph is built with it.
    """
    inside = set(members)
    unvisited = list(inside)
    pred = graph.membership.graph.pred
    while unvisited:
        name = unvisited.pop()
        driver = graph.drivers[name]
        named = (graph.resolver.look_up(item.target) for item in driver.dependencies)
        neighbours = {other for target in named if target.via for other in target.drivers} | set(pred[name])
        neighbours |= {other for capability in driver.provides for other in graph.resolver.providers[capability]}
        unvisited.extend(neighbours - inside)
        inside |= neighbours
    kept = tuple(driver for name, driver in graph.drivers.items() if name in inside)
    return replace(graph.declarations, drivers=kept, disabled=graph.declarations.disabled & inside)


def _where(cycle: Cycle, steps_on_cycles: Iterable[Step]) -> str:
    """Return among which drivers or steps no cycle remains; empty where none is left at all."""
    elsewhere = {step.driver for step in steps_on_cycles}
    if not elsewhere:
        return ""
    return " among these steps" if elsewhere & set(cycle.members) else " among these drivers"


def _inversions_then(before: DependencyGraph, after: DependencyGraph, cycle: Cycle) -> str:
    """Return whether inversions among the members of a cycle remain after a change: they are findings of their own."""
    if not _inverted(before, cycle):
        return ""
    return "; their inversion remains" if _inverted(after, cycle) else ", and no inversion between them"


def _inverted(graph: DependencyGraph, cycle: Cycle) -> bool:
    members = set(cycle.members)
    return any({edge.dependent.driver, edge.needed.driver} <= members for edge in graph.inversions)


def _other_phases(graph: DependencyGraph, edge: Edge, verify: Verify) -> Iterator[Fix]:
    """Yield the nearest other phases that leave no cycle, where the dependent itself declares the dependency."""
    if edge.declarer != edge.dependent.driver:
        return
    own_phases, other_phases = graph.drivers[edge.dependent.driver].phases, graph.drivers[edge.needed.driver].phases
    later = own_phases[own_phases.index(edge.dependent.phase) :]
    earlier = other_phases[: other_phases.index(edge.needed.phase) + 1]
    candidates = [(own, other) for own in later for other in reversed(earlier)]
    for own_phase, other_phase in candidates[1:]:
        target = f"{edge.via or edge.needed.driver}:{other_phase}"
        change = Replace(edge.declarer, edge.dependency, replace(edge.dependency, target=target, phase=own_phase))
        if verified := verify(change):
            step = step_name(edge.dependent._replace(phase=own_phase))
            other = step_name(edge.needed._replace(phase=other_phase))
            wide = f"{step_name(edge.dependent)} {edge.kind} {step_name(edge.needed)}"
            summary = (
                f"if it is enough that {step} {edge.kind} {other}, declare that in place of: {wide} ({edge.origin})"
            )
            yield Fix(summary, change, verified)
            return


def _removals(trials: Trials, cycle: Cycle) -> Iterator[Fix]:
    """Yield the smallest sets to remove, the preferred one first; the last fix says how many more there are."""
    offered = max(1, MAX_DEPENDENCIES_NAMED // len(cycle.feedback_arcs))
    sets = (cycle.feedback_arcs, *cycle.other_feedback_arcs)[:offered]
    others = cycle.equal_count - len(sets)
    for index, edges in enumerate(sets, 1):
        more = _equally_small(cycle, others) if index == len(sets) else ""
        yield _single(trials, cycle, edges[0], more) if len(edges) == 1 else _several(trials.graph, cycle, edges, more)


def _equally_small(cycle: Cycle, others: int) -> str:
    if not others:
        return ""
    count = f"{'' if cycle.all_counted else 'at least '}{others}"
    return f"; {count} {'other is' if others == 1 else 'others are'} as small"


def _single(trials: Trials, cycle: Cycle, edge: Edge, more: str) -> Fix:
    drop = Drop(edge.declarer, edge.dependency)
    summary = f"remove the dependency: {need_text(edge)} ({edge.origin})"
    trial = trials.of(drop) if _inverted(trials.graph, cycle) else None
    then = _inversions_then(trials.graph, trial.after, cycle) if trial else ""
    return Fix(summary, drop, f"verified: no cycle remains{_elsewhere(trials.graph, cycle)}{then}{more}")


def _several(graph: DependencyGraph, cycle: Cycle, edges: tuple[Edge, ...], more: str) -> Fix:
    parts = tuple(Evidence(need_text(edge), edge.origin, edge.reason, edge.when) for edge in edges)
    left = f"no cycle remains{_elsewhere(graph, cycle)}"
    return Fix(f"remove all {len(edges)} of these dependencies:", None, _proof(cycle, left) + more, parts)


def _proof(cycle: Cycle, left: str) -> str:
    if cycle.exact:
        return f"verified: {left}, and no smaller set is enough"
    if cycle.quick:
        found = "found by a quick heuristic, as very many dependencies are on these cycles"
        return f"{found}: {left}, but fewer may be enough"
    return f"found by a heuristic: {left}"


def _elsewhere(graph: DependencyGraph, cycle: Cycle) -> str:
    """Return among which drivers or steps no cycle remains, without building the changed graph."""
    if len(graph.cycles()) == 1:
        return ""
    shared = any(graph.component_counts[name] > 1 for name in cycle.members)
    return " among these steps" if shared else " among these drivers"
