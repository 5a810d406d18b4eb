"""An order is sorted topologically once more, so that fewer edges lead backwards.

All edges that lead forwards still do. Whole groups of steps move, which moving single steps (``sift``) cannot do.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.cycles.neighbours import Neighbours


def resort(neighbours: Neighbours, positions: Sequence[float], *, reverse: bool = False) -> tuple[list[float], int]:
    """Return the new order, and how many edges led backwards before.

    Of the steps that may come next, one is placed that no backward edge leads to from a step that is not placed yet, or
    else one that the fewest do: the edges from all others lead forwards then. ``reverse`` places from the right.
    """
    after, before = neighbours.after, neighbours.before
    if reverse:
        pending = _Pending([-position for position in positions], before, after)
    else:
        pending = _Pending(positions, after, before)
    backward = sum(pending.backward)
    found = [0.0] * len(positions)
    for place, step in enumerate(pending.placed()):
        found[step] = float(-place if reverse else place)
    return found, backward


class _Pending:
    """For each step that is not placed yet, how many edges lead to it from others that are not.

    ``forward`` counts those that led forwards before, ``backward`` the others.
    """

    def __init__(self, positions: Sequence[float], after: list[list[int]], before: list[list[int]]) -> None:
        self._positions = positions
        self._after = after
        position_of = positions.__getitem__
        self._forward = [
            sum(map(own.__gt__, map(position_of, others))) for own, others in zip(positions, before, strict=True)
        ]
        self.backward: list[int] = [
            len(others) - forward for others, forward in zip(before, self._forward, strict=True)
        ]

    def placed(self) -> Iterator[int]:
        """Yield the steps from left to right."""
        positions, backward = self._positions, self.backward
        ready = [step for step, count in enumerate(self._forward) if not count]
        free = sorted((step for step in ready if not backward[step]), key=positions.__getitem__, reverse=True)
        #: Entries whose count is no longer that of the step are outdated and skipped.
        heap = [(backward[step], positions[step], step) for step in ready if backward[step]]
        heapify(heap)
        is_placed = bytearray(len(positions))
        while free or heap:
            if free:
                step = free.pop()
            else:
                count, _, step = heappop(heap)
                if is_placed[step] or count != backward[step]:
                    continue
            is_placed[step] = True
            yield step
            for other in self._passed(step):
                if is_placed[other]:
                    continue
                if backward[other]:
                    heappush(heap, (backward[other], positions[other], other))
                else:
                    free.append(other)

    def _passed(self, step: int) -> Iterator[int]:
        """Remove the edges of a step that is placed, and yield those at their ends that may be placed now."""
        own, positions, forward, backward = self._positions[step], self._positions, self._forward, self.backward
        for other in self._after[step]:
            if positions[other] > own:
                forward[other] -= 1
            else:
                backward[other] -= 1
            if not forward[other]:
                yield other
