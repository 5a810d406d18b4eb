"""Disabling a driver: how it is written, and what it means for those that require it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.analysis.fixes.places import quoted, settled_at_top
from tierdeps.model import Disable, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Fix, Origin

#: So many drivers that require another one are named.
NAMED = 5


def disabling(trials: Trials, name: str, origins: Iterable[Origin], gone: str) -> Fix:
    """Return the fix that disables a driver, with what then requires what is disabled."""
    summary = f"disable = [{quoted(name)}], {settled_at_top(origins)}; {_then(required_by(trials.graph, name))}"
    return trials.fix(Disable(name), f"disable {name}: {summary}", gone)


def required_by(graph: DependencyGraph, name: str) -> list[str]:
    """Return the drivers that are started and cannot do without another one."""
    dependents = set(graph.membership.graph.succ[name]) - graph.declarations.disabled
    return sorted(dependent for dependent in dependents if any(_requirements(graph, dependent, name)))


def _requirements(graph: DependencyGraph, dependent: str, needed: str) -> Iterator[bool]:
    """Yield, for each dependency of a driver on another one, whether it is one that the driver cannot do without."""
    for phase in graph.drivers[dependent].phases:
        edges = graph.edges_of(Step(dependent, phase))
        yield from (edge.dependency.needs_target for edge in edges if edge.needed.driver == needed)


def _then(names: list[str]) -> str:
    if not names:
        return "no driver requires it"
    shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    verb = "requires it, and then requires" if len(names) == 1 else "require it, and then require"
    return f"{shown} {verb} what is disabled (TD207)"
