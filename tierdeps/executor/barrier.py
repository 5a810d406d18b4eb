"""The promise between tiers: nothing of a later one begins before all of this one is ready."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from tierdeps.model import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps.executor.run import Run


class Barrier:
    """Which tier is open, and how much of it is not settled yet.

    ``release`` is called for the first step of each driver of a tier that opens.
    """

    def __init__(self, run: Run, release: Callable[[int], None]) -> None:
        self._run = run
        self._release = release
        self._tier = -1
        self._open = 0
        self._shut = False
        self._kept: list[int] = []
        self._last: set[int] = set()
        #: Whether nothing of the open tier is still to come.
        self.settled = True

    def open(self) -> bool:
        """Open the next tier, if there is one and it is not kept shut."""
        tiers = self._run.blueprint.tiers
        if self._shut or self._tier + 1 >= len(tiers):
            return False
        self._tier += 1
        _, begin, end = tiers[self._tier]
        self._open = end - begin - (bisect_left(self._kept, end) - bisect_left(self._kept, begin))
        self.settled = not self._open
        for place in range(begin, end):
            self._release(self._run.blueprint.first[place])
        if self._tier in self._last:
            self.shut()
        return True

    def keep(self, places: Iterable[int]) -> None:
        """Count drivers as settled before anything opens."""
        self._kept = sorted(places)

    def settle(self) -> None:
        """Count one driver of the open tier as settled."""
        self._open -= 1
        self.settled = not self._open

    def shut_behind(self, place: int) -> None:
        """Keep shut what comes after a driver's tier, once that is open."""
        tier = next(number for number, (_, _, end) in enumerate(self._run.blueprint.tiers) if place < end)
        if tier <= self._tier:
            self.shut()
        else:
            self._last.add(tier)

    def shut(self) -> None:
        """Keep later tiers shut: something of this one will not be ready. Those in them are told at once."""
        if self._shut:
            return
        self._shut = True
        name, _, end = self._run.blueprint.tiers[self._tier]
        for node in self._run.nodes[end:]:
            if node.start_state is State.PENDING:
                self._run.move(node, State.BLOCKED, f"the tier {name} did not become ready")
