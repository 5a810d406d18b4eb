"""The neighbours of each step of a component, for the heuristics that improve an order of the steps."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps.cycles.component import Component


class Neighbours:
    """What each step has edges to (``after``), what has edges to it (``before``), and both together (``both``).

    ``costs`` is what it costs to place a step after each of both instead of before: the weight of an edge to the
    neighbour, minus that of an edge from it, and infinite for a fixed edge.
    """

    def __init__(self, component: Component) -> None:
        self.after: list[list[int]] = [[] for _ in range(component.size)]
        self.before: list[list[int]] = [[] for _ in range(component.size)]
        after_costs: list[list[float]] = [[] for _ in range(component.size)]
        before_costs: list[list[float]] = [[] for _ in range(component.size)]
        weights = component.weights
        fixed = [(tail, head, inf) for tail, head in component.fixed]
        for tail, head, cost in (*fixed, *((tail, head, weights[item]) for tail, head, item in component.edges)):
            self.after[tail].append(head)
            after_costs[tail].append(cost)
            self.before[head].append(tail)
            before_costs[head].append(-cost)
        self.both: list[list[int]] = [after + before for after, before in zip(self.after, self.before, strict=True)]
        self.costs: list[list[float]] = [
            after + before for after, before in zip(after_costs, before_costs, strict=True)
        ]
