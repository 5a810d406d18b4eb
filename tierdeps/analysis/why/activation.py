"""Why a driver is active: the dependencies that lead to it from a target of the graph."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.model import Kind

if TYPE_CHECKING:
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge


#: The verbs that make what they name active.
BRINGING = (Kind.REQUIRES, Kind.WANTS, Kind.PULLS)


class Activation(Value):
    """The target that brings a driver into the plan, over a shortest chain; empty where the driver is a target."""

    target: str
    chain: tuple[Edge, ...] = ()


def explain_activation(graph: DependencyGraph, name: str) -> Activation | None:
    """Return what makes a driver active; None in a graph without targets, where all are."""
    if graph.activity is None:
        return None
    roots = [driver for target in graph.declarations.targets for driver in graph.meant_by(target)]
    reached: dict[str, Edge | None] = dict.fromkeys(driver for driver in roots if driver in graph.drivers)
    unvisited = deque(reached)
    while unvisited and name not in reached:
        driver = unvisited.popleft()
        for edge in (*graph.edges_of_driver(driver), *graph.pulls_of(driver)):
            if edge.kind in BRINGING and edge.needed.driver not in reached:
                reached[edge.needed.driver] = edge
                unvisited.append(edge.needed.driver)
    chain: list[Edge] = []
    while (last := reached[name]) is not None:
        chain.append(last)
        name = last.dependent.driver
    return Activation(name, tuple(reversed(chain)))
