"""The active part of the requested graph, and the line that says how much that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tierdeps.graph import DependencyGraph

#: The maximal number of targets that are named; further ones are counted.
MAX_TARGETS_SHOWN = 5


def graph_for(graph: DependencyGraph, targets: Sequence[str]) -> DependencyGraph:
    """Return a graph with the targets of the command line, if there are any.

    Raises UnknownNameError, DisabledTargetError, or InputError for a target that is absent on this host.
    """
    if not targets:
        return graph
    found = graph.with_targets(targets)
    for name in targets:
        if absent := () if graph.meant_by(name) else graph.absent_meant_by(name):
            fact = absent[0].when
            raise InputError(
                "--target", f"{name!r} is absent: the fact {fact!r} does not hold; --assume {fact}=yes sets it"
            )
    return found


def active_part(graph: DependencyGraph, targets: Sequence[str], info: Callable[[str], None]) -> DependencyGraph:
    """Return the active part of a graph, and print how much that is."""
    graph = graph_for(graph, targets)
    info(activity_note(graph))
    return graph.active


def activity_note(graph: DependencyGraph) -> str:
    """Return the line that says how much of a graph is active; empty where it has no targets."""
    if graph.activity is None:
        return ""
    targets, active, every = graph.declarations.targets, len(graph.activity.active), len(graph.whole.drivers)
    shown = ", ".join(targets[:MAX_TARGETS_SHOWN])
    more = f" and {len(targets) - MAX_TARGETS_SHOWN} more" if len(targets) > MAX_TARGETS_SHOWN else ""
    drivers = "driver" if every == 1 else "drivers"
    noun, verb = "target" if len(targets) == 1 else "targets", "is" if active == 1 else "are"
    others = every - active
    rest = f"; {others} {'is' if others == 1 else 'are'} declared only" if others else ""
    absent = "".join(f"; {reason}" for reason in _absent_targets(graph))
    return f"note: {active} of {every} {drivers} {verb} active, for the {noun} {shown}{more}{rest}{absent}"


def _absent_targets(graph: DependencyGraph) -> Iterator[str]:
    """Yield why targets are absent, up to the first few."""
    whole = graph.whole
    for name in whole.declarations.targets[:MAX_TARGETS_SHOWN]:
        if absent := () if whole.meant_by(name) else whole.absent_meant_by(name):
            yield f"{name} is absent, because the fact {absent[0].when!r} does not hold"
