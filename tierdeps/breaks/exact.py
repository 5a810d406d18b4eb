"""The lightest break of a small component, exactly: hit the cycles known, look for others, and again.

A set of dependencies as one whole number, a bit for each, is what cycles and answers are.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tierdeps.breaks.hitting import bits, lightest_hit

if TYPE_CHECKING:
    from tierdeps.breaks.tangle import Tangle


def lightest_break(tangle: Tangle) -> list[int]:
    """Return the dependencies of the lightest break.

    What hits some of the cycles and weighs least is never heavier than what hits all: once it leaves none, it is that.
    """
    cycles: set[int] = set()
    chosen = 0
    while fresh := cycles_left(tangle, chosen):
        cycles |= fresh
        chosen = lightest_hit(sorted(cycles), tangle.weights)
    return [bit.bit_length() - 1 for bit in bits(chosen)]


def cycles_left(tangle: Tangle, removed: int) -> set[int]:
    """Return a shortest cycle through each arc that is left on one, as the dependencies that make it."""
    after: list[list[tuple[int, int]]] = [[] for _ in range(tangle.size)]
    for tail, head in tangle.fixed:
        after[tail].append((head, 0))
    left = [arc for arc in tangle.arcs if not removed >> arc.item & 1]
    for arc in left:
        after[arc.tail].append((arc.head, 1 << arc.item))
    found = (_way(after, arc.head, arc.tail, 1 << arc.item) for arc in left)
    return {cycle for cycle in found if cycle}


def _way(after: list[list[tuple[int, int]]], start: int, goal: int, taken: int) -> int:
    """Return what a shortest way takes, added to what is taken already; 0 where there is no way."""
    reached = {start: taken}
    queue = deque([start])
    while queue and goal not in reached:
        step = queue.popleft()
        for following, item in after[step]:
            if following not in reached:
                reached[following] = reached[step] | item
                queue.append(following)
    return reached.get(goal, 0)
