"""A component as integers: its steps, the edges between them, and the dependencies that the edges come from."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value
from tierdeps.model import Dependency, Edge, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: The edges of the step graph inside a component, each as (a step, one that it needs), with the dependencies that
#: declare it: none for a driver's own order of phases, which cannot be removed.
StepEdges = dict[tuple[Step, Step], tuple[Edge, ...]]
#: A dependency with the driver that declares it. Removing one can remove several edges: a capability has many
#: providers.
Declared = tuple[str, Dependency]


class ComponentEdge(NamedTuple):
    """An edge from one step to one that it needs, which is there as long as a dependency is; all as indices."""

    tail: int
    head: int
    dependency: int


class Component(Value):
    """A component of ``size`` steps, which are the indices below that.

    ``fixed`` are the edges that cannot be removed: drivers' own orders of phases. ``weights`` has one number for each
    dependency. A feedback arc set is a set of dependencies without which no cycle remains; the lighter the better.
    """

    size: int
    fixed: tuple[tuple[int, int], ...]
    edges: tuple[ComponentEdge, ...]
    weights: tuple[int, ...]


def declared(edge: Edge) -> Declared:
    """Return the dependency that has to be removed for an edge to disappear."""
    return edge.declarer, edge.dependency


def successors(component: Component, removed: Iterable[int] = ()) -> list[list[int]]:
    """Return the steps that each step has an edge to, when some dependencies are removed."""
    gone = set(removed)
    after: list[list[int]] = [[] for _ in range(component.size)]
    for tail, head in component.fixed:
        after[tail].append(head)
    for edge in component.edges:
        if edge.dependency not in gone:
            after[edge.tail].append(edge.head)
    return after


def topological_positions(after: Sequence[Iterable[int]]) -> list[float]:
    """Return positions for the steps of an acyclic graph so that every edge leads to a greater one."""
    missing = [0] * len(after)
    for head in chain.from_iterable(after):
        missing[head] += 1
    ready = [step for step, count in enumerate(missing) if not count]
    positions = [0.0] * len(after)
    for position, step in enumerate(ready):  # grows while it is walked
        positions[step] = float(position)
        for head in after[step]:
            missing[head] -= 1
            if not missing[head]:
                ready.append(head)
    return positions


def total_weight(component: Component, dependencies: Iterable[int]) -> int:
    """Return the sum of the weights of some dependencies."""
    return sum(component.weights[dependency] for dependency in dependencies)


def edges_by_dependency(component: Component) -> Mapping[int, list[ComponentEdge]]:
    """Return the edges that each dependency makes."""
    found: dict[int, list[ComponentEdge]] = {}
    for edge in component.edges:
        found.setdefault(edge.dependency, []).append(edge)
    return found
