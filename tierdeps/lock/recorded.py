"""A graph under the facts that a lock records: so that it can be checked on another host than it was written on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.graph import DependencyGraph
from tierdeps.model.statement import ASSUMED, NOBODY, is_of_repository

if TYPE_CHECKING:
    from tierdeps.lock.value import Lock


def as_recorded(graph: DependencyGraph, lock: Lock) -> DependencyGraph:
    """Return a graph with those facts as the lock records them that depend on the host.

    What the repository states, in a graph file or in the settings, holds as it is now, and so does what is assumed now;
    a host that states otherwise does not. A fact that is assumed as it is recorded keeps the source that is recorded.
    """
    facts, sources = dict(graph.declarations.facts), dict(graph.declarations.fact_sources)
    for name, holds in lock.plan.facts.items():
        source, recorded = sources.get(name, NOBODY), lock.fact_sources.get(name, NOBODY)
        if is_of_repository(source) or is_of_repository(recorded) or source == recorded == NOBODY:
            continue
        if source != ASSUMED or facts[name] == holds:
            facts[name], sources[name] = holds, recorded
    if facts == dict(graph.declarations.facts) and sources == dict(graph.declarations.fact_sources):
        return graph
    return DependencyGraph.of(replace(graph.declarations, facts=facts, fact_sources=sources))
