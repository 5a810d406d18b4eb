"""The errors that a change would add, as text: the first one of each kind, and how many more there are."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from tierdeps.graph.resolve import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.fixes.error_set import ErrorSet, StepEdge, Unmet
    from tierdeps.graph import DependencyGraph

#: The maximal number of edges that close a cycle and are tried for a short one.
MAX_EDGES_TRIED = 12
#: A longer cycle is shown by its two ends.
MAX_PATH_SHOWN = 8


def consequences(added: ErrorSet, after: DependencyGraph) -> str:
    """Return which errors a changed graph has that the original one did not have."""
    return "; ".join(
        (
            *_cycle(added, after),
            *_first("{0} of the tier {2} then needs {1} of the later tier {3}", _inversions(added, after)),
            *_first("{0} and {1} then conflict", sorted(added.conflicts)),
            *_first("the tiers {0} and {1} then form a cycle", sorted(added.tier_cycles)),
            *_first("{0} is then in a tier that is not declared", [(name,) for name in sorted(added.misplaced)]),
            *map(_unmet, sorted(added.unmet, key=lambda item: (item[0], item[2], item[3]))[:1]),
        )
    )


def _first(text: str, found: list[tuple[str, ...]]) -> Iterator[str]:
    if found:
        more = f" (and {len(found) - 1} more like it)" if len(found) > 1 else ""
        yield text.format(*found[0]) + more


def _inversions(added: ErrorSet, after: DependencyGraph) -> list[tuple[str, ...]]:
    tier = after.membership
    ends = sorted({(dependent.driver, needed.driver) for dependent, needed in added.inversions})
    return [(dependent, needed, tier[dependent], tier[needed]) for dependent, needed in ends]


def _cycle(added: ErrorSet, after: DependencyGraph) -> Iterator[str]:
    """Yield a shortest cycle through one of the edges that are on a cycle now."""
    if added.circular:
        paths = (_path_around(edge, after) for edge in sorted(added.circular)[:MAX_EDGES_TRIED])
        yield f"that creates the cycle {' -> '.join(_shortened(min(paths, key=len)))}"


def _shortened(path: list[str]) -> list[str]:
    return path if len(path) <= MAX_PATH_SHOWN else [*path[: MAX_PATH_SHOWN // 2], "...", *path[-MAX_PATH_SHOWN // 2 :]]


def _path_around(edge: StepEdge, after: DependencyGraph) -> list[str]:
    """Return the drivers on a shortest cycle through an edge: from the dependent to what it needs, and back."""
    import networkx as nx

    dependent, needed = edge
    back = nx.shortest_path(after.steps, dependent, needed)
    names = [name for name, _ in groupby(step.driver for step in reversed(back))]
    return [dependent.driver, *names]


def _unmet(item: Unmet) -> str:
    driver, dependency, problem, subject = item
    if problem is Problem.MISSING:
        return f"{driver} then requires {subject!r}, which no other driver is or provides"
    if problem is Problem.AMBIGUOUS:
        return f"then no provider is chosen for {subject!r}, which {driver} {dependency.kind}"
    if problem is Problem.ITSELF:
        return f"{driver} then needs itself"
    own = dependency.phase  # which may have a colon in it
    owner, phase = (driver, own) if own and subject == f"{driver}:{own}" else subject.rpartition(":")[::2]
    return f"{owner} has no phase {phase!r}"
