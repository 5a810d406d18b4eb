"""The neighbours of each step of a component, for the heuristics that improve an order of the steps."""

from __future__ import annotations

from itertools import chain
from math import inf
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps.cycles.component import Component


class Neighbours:
    """What each step has edges to (``after``), what has edges to it (``before``), and both together (``both``).

    ``costs`` is what it costs to place a step after each of both instead of before: the weight of an edge to the
    neighbour, minus that of an edge from it, and infinite for a fixed edge. In ``unit_costs`` all weigh the same.
    """

    def __init__(self, component: Component) -> None:
        self.after: list[list[int]] = [[] for _ in range(component.size)]
        self.before: list[list[int]] = [[] for _ in range(component.size)]
        for tail, head in chain(component.fixed, map(itemgetter(0, 1), component.edges)):
            self.after[tail].append(head)
            self.before[head].append(tail)
        self.both: list[list[int]] = [after + before for after, before in zip(self.after, self.before, strict=True)]
        weights = component.weights
        if component.fixed:
            self.unit_costs: list[list[float]] = self._costs(component, [1.0] * len(weights))
        else:
            rows = zip(self.after, self.before, strict=True)
            self.unit_costs = [[1.0] * len(after) + [-1.0] * len(before) for after, before in rows]
        is_uniform = min(weights) == max(weights)
        self.costs: list[list[float]] = self.unit_costs if is_uniform else self._costs(component, weights)

    def _costs(self, component: Component, weights: Sequence[float]) -> list[list[float]]:
        after_costs: list[list[float]] = [[] for _ in self.after]
        before_costs: list[list[float]] = [[] for _ in self.before]
        fixed = ((tail, head, inf) for tail, head in component.fixed)
        for tail, head, cost in chain(fixed, ((tail, head, weights[item]) for tail, head, item in component.edges)):
            after_costs[tail].append(cost)
            before_costs[head].append(-cost)
        return [after + before for after, before in zip(after_costs, before_costs, strict=True)]
