"""What a change would cause, in words: the first fault of each sort, and how many more there are of it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from tierdeps.graph.resolve import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.fixes.faults import Arrow, Faults, Unmet
    from tierdeps.graph import DependencyGraph


def consequences(added: Faults, after: DependencyGraph) -> str:
    """Return what is wrong with a graph after a change, as far as the change has added it."""
    return "; ".join(
        (
            *_cycle(added, after),
            *_first("{0} of the tier {2} then needs {1} of the later tier {3}", _inversions(added, after)),
            *_first("{0} and {1} then conflict", sorted(added.conflicts)),
            *_first("the tiers {0} and {1} then come after each other", sorted(added.tier_cycles)),
            *_first("{0} is then of a tier that nobody declares", [(name,) for name in sorted(added.misplaced)]),
            *map(_unmet, sorted(added.unmet, key=lambda item: (item[0], item[2], item[3]))[:1]),
        )
    )


def _first(text: str, found: list[tuple[str, ...]]) -> Iterator[str]:
    if found:
        more = f" (and {len(found) - 1} more like it)" if len(found) > 1 else ""
        yield text.format(*found[0]) + more


def _inversions(added: Faults, after: DependencyGraph) -> list[tuple[str, ...]]:
    tier = after.membership
    pairs = sorted({(one.driver, other.driver) for one, other in added.inversions})
    return [(one, other, tier[one], tier[other]) for one, other in pairs]


def _cycle(added: Faults, after: DependencyGraph) -> Iterator[str]:
    """Yield a shortest cycle through one of the arrows that close one now."""
    if added.circular:
        paths = (_around(arrow, after) for arrow in sorted(added.circular)[:SHORTEST_OF])
        yield f"that closes the cycle {' -> '.join(_shortened(min(paths, key=len)))}"


#: So many arrows are tried for a short cycle.
SHORTEST_OF = 12
#: A longer cycle is shown by its two ends.
SHOWN = 8


def _shortened(path: list[str]) -> list[str]:
    return path if len(path) <= SHOWN else [*path[: SHOWN // 2], "...", *path[-SHOWN // 2 :]]


def _around(arrow: Arrow, after: DependencyGraph) -> list[str]:
    """Return the drivers on a shortest way around: from a dependent to what it needs, and back to it."""
    import networkx as nx

    dependent, needed = arrow
    back = nx.shortest_path(after.steps, dependent, needed)
    names = [name for name, _ in groupby(step.driver for step in reversed(back))]
    return [dependent.driver, *names]


def _unmet(item: Unmet) -> str:
    driver, dependency, problem, subject = item
    if problem is Problem.MISSING:
        return f"{driver} then requires {subject!r}, which no other driver is or provides"
    if problem is Problem.AMBIGUOUS:
        return f"nothing then says which provider of {subject!r} {driver} {dependency.kind}"
    if problem is Problem.ITSELF:
        return f"{driver} then needs itself"
    own = dependency.phase  # which may have a colon in it
    owner, phase = (driver, own) if own and subject == f"{driver}:{own}" else subject.rpartition(":")[::2]
    return f"{owner} has no phase {phase!r}"
