"""The fix that disables a driver: where to write it, and what it means for the drivers that require it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.analysis.fixes.places import quoted, settings_top
from tierdeps.model import Disable, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Fix, Origin

#: The maximal number of requiring drivers that are named.
MAX_NAMES_SHOWN = 5


def disable_fix(trials: Trials, name: str, origins: Iterable[Origin], gone: str) -> Fix:
    """Return the fix that disables a driver; it names the drivers that require it."""
    summary = f"disable = [{quoted(name)}], {settings_top(origins)}; {_then(required_by(trials.graph, name))}"
    return trials.fix(Disable(name), f"disable {name}: {summary}", gone)


def required_by(graph: DependencyGraph, name: str) -> list[str]:
    """Return the enabled drivers that require another one."""
    dependents = set(graph.membership.graph.succ[name]) - graph.declarations.disabled
    return sorted(dependent for dependent in dependents if any(_requirements(graph, dependent, name)))


def _requirements(graph: DependencyGraph, dependent: str, needed: str) -> Iterator[bool]:
    """Yield, for each dependency of a driver on another one, whether it is a requirement."""
    for phase in graph.drivers[dependent].phases:
        edges = graph.edges_of(Step(dependent, phase))
        yield from (edge.is_required for edge in edges if edge.needed.driver == needed)


def _then(names: list[str]) -> str:
    if not names:
        return "no driver requires it"
    shown = ", ".join(names[:MAX_NAMES_SHOWN]) + (
        f" and {len(names) - MAX_NAMES_SHOWN} more" if len(names) > MAX_NAMES_SHOWN else ""
    )
    verb = "requires it, and then requires" if len(names) == 1 else "require it, and then require"
    return f"{shown} {verb} a disabled driver (TD207)"
