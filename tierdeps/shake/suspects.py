"""Which steps are suspected to need which late drivers, and the starts in which that is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps.shake.late import LateStart
from tierdeps.shake.poset import bits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.shake.evidence import Target
    from tierdeps.shake.poset import Poset
    from tierdeps.shake.steps import Steps

#: Steps (dependent, needed) that are ordered although nothing declares it.
Pairs = tuple[tuple[int, int], ...]


class Suspect(NamedTuple):
    """A step that failed, and the last steps of the drivers that were late."""

    target: Target
    late: tuple[int, ...]

    @property
    def pair(self) -> tuple[int, int]:
        """The step, and the first of those that it may need."""
        return self.target.step, self.late[0]


class Suspects:
    """All suspects, by what is known of them.

    ``open`` ones may be right; ``undecided`` ones failed with the late driver too, so they explain nothing of others.
    """

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self.open: list[Suspect] = []
        self.undecided: set[Suspect] = set()
        #: The pairs of those that are wrong or undecided.
        self.rejected: set[tuple[int, int]] = set()
        #: All that were ever suspected.
        self.tried: set[Suspect] = set()

    def add(self, suspects: Iterable[Suspect]) -> None:
        """Add those that are not known yet."""
        new = [suspect for suspect in suspects if suspect not in self.tried]
        self.open.extend(new)
        self.tried.update(new)

    def reject(self, suspect: Suspect, *, undecided: bool) -> None:
        """Remove one that is wrong, or of which it remains undecided whether it is."""
        if suspect in self.open:
            self.open.remove(suspect)
        self.rejected.add(suspect.pair)
        if undecided:
            self.undecided.add(suspect)

    def order_with(self, pairs: Iterable[tuple[int, int]]) -> Poset:
        """Return the declared order with more pairs, as far as they fit together."""
        order = self._steps.order.copy()
        for dependent, needed in pairs:
            order.add(needed, dependent)
        return order

    def deepest_first(self) -> list[Suspect]:
        """Return the open suspects such that those come first by which others may be explained."""
        depth = [before.bit_count() for before in self.order_with(suspect.pair for suspect in self.open).before]
        return sorted(self.open, key=lambda suspect: (-depth[suspect.late[0]], depth[suspect.target.step]))

    def is_explained(self, suspect: Suspect, found: Iterable[Suspect]) -> bool:
        """Return whether the step needs another one that is late as well, because it waits for the late one."""
        single = [other for other in found if len(other.late) == 1]
        order = self.order_with(other.pair for other in single)
        return any(
            order.before[other.late[0]] >> suspect.late[0] & 1 for other in single if other.target == suspect.target
        )

    def without(self, suspect: Suspect) -> LateStart | None:
        """Return the start in which the step waits for all that it may need except the late ones.

        None where that is not possible: something that it may need waits for a late one, or for the step itself.
        """
        order, added, same = self._ordered_others(suspect)
        if any(order.before[suspect.target.step] >> late & 1 for late in suspect.late):
            return None
        for other in same:
            if not any(order.before[other.late[0]] >> late & 1 for late in suspect.late):
                if not order.add(other.late[0], suspect.target.step):
                    return None
                added.append(other.pair)
            elif other in self.undecided:
                return None
        return LateStart(suspect.late, tuple(sorted(added)))

    def with_it(self, suspect: Suspect) -> LateStart:
        """Return the start in which the step waits for all that it may need and for a late one."""
        order, added, same = self._ordered_others(suspect)
        for other in (suspect, *same):
            if order.add(other.late[0], suspect.target.step):
                added.append(other.pair)
        return LateStart(suspect.late, tuple(sorted(added)))

    def _ordered_others(self, suspect: Suspect) -> tuple[Poset, list[tuple[int, int]], list[Suspect]]:
        """Return the order with the suspects of other steps, these, and the other suspects of the same step."""
        order = self._steps.order.copy()
        others = (other for other in self.open if other.target != suspect.target)
        added = [other.pair for other in others if order.add(other.late[0], other.target.step)]
        same = [
            other
            for other in (*self.open, *sorted(self.undecided))
            if other.target == suspect.target and other.late[0] != suspect.late[0]
        ]
        return order, added, same

    def waiting(self, suspect: Suspect, start: LateStart, others: int) -> LateStart:
        """Return a start in which the step of a suspect also waits for others, as far as that fits together."""
        order, pairs = self.order_with(start.added), set(start.added)
        step = suspect.target.step
        pairs |= {(step, other) for other in bits(others) if order.add(other, step)}
        return LateStart(suspect.late, tuple(sorted(pairs)))
