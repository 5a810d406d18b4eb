"""Delta debugging: what has to be missing for a step to fail, narrowed to as little as possible.

A step passes or fails depending on which steps were absent. More that is absent only makes it fail more, so a run tells
about all smaller or all larger sets too. What explains the failures is a set of clauses: "it needs a", "it needs b or
c". A clause is the smallest set of steps without which it fails although all others are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps.shake.poset import Poset, bits, mask_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from tierdeps.shake.evidence import Evidence, Target


class Question(NamedTuple):
    """A run is needed in which these steps are ``absent`` when a step runs, and those are ``present``.

    It shows more if the ``doubtful`` ones are present too.
    """

    absent: int
    present: int
    doubtful: int = 0


class _Unknown(Exception):  # noqa: N818  it ends a search that cannot go on, and is no error
    """No run has shown yet whether the step fails without just these."""

    def __init__(self, absent: int) -> None:
        super().__init__(absent)
        self.absent: int = absent


class Narrowing:
    """The search for the clauses of one step, in an order that its declared and its known dependencies make.

    What was ``given_up`` was asked in vain: whenever just these were to be absent, others failed too. So these cannot
    be there without them, and the step counts as failing.
    """

    def __init__(
        self, evidence: Evidence, target: Target, candidates: int, order: Poset, given_up: Collection[int] = ()
    ) -> None:
        self._order = order
        self._given_up = given_up
        self._candidates = candidates
        found = evidence.of(target)
        self._passing = [item.absent & candidates for item in found if not item.failed]
        failing = [item.absent & candidates for item in found if item.failed]
        #: Failures that are contradicted: at least as much was absent in a run in which the step passed.
        self.flakes: int = sum(any(not absent & ~other for other in self._passing) for absent in failing)
        self._failing = [absent for absent in failing if all(absent & ~other for other in self._passing)]

    def clauses(self) -> tuple[list[int], Question | None]:
        """Return the clauses found so far, and what the next run has to show to find more; None for nothing."""
        found = self._single()
        return self._any() if found is None else found

    def _single(self) -> tuple[list[int], Question | None] | None:
        """Return the same if the step needs single steps, and no choices of them; None if that explains too little.

        Then a run in which it passes clears all that was absent. What it needs is among the rest of each failure.
        """
        cleared = 0
        for absent in self._passing:
            cleared |= absent
        suspects = sorted({absent & ~cleared for absent in self._failing}, key=lambda some: (some.bit_count(), some))
        if suspects and not suspects[0]:
            return None
        needed = [some for some in suspects if some.bit_count() == 1]
        known = sum(needed)
        for some in suspects:
            if not some & known:
                pool = _sorted(self._order, some)
                absent = mask_of(pool[len(pool) // 2 :])
                if absent in self._given_up:
                    return None
                return needed, Question(absent, some & ~absent, self._candidates & ~cleared & ~some)
        return needed, None

    def _any(self) -> tuple[list[int], Question | None]:
        found: list[int] = []
        for failing in sorted(self._failing, key=int.bit_count):
            if any(not clause & ~failing for clause in found):
                continue
            if sum(not other & ~failing for other in self._failing) == 1 and failing not in self._given_up:
                return found, Question(failing, self._candidates & ~failing)  # it may have been at random
            try:
                found.append(self._minimal(failing))
            except _Unknown as unknown:
                return found, Question(unknown.absent, self._candidates & ~unknown.absent)
        return found, None

    def _minimal(self, failing: int) -> int:
        """Return a smallest set without which the step fails; raises _Unknown where a run has to show it."""
        pool = _sorted(self._order, failing)
        chosen = 0
        while pool and not (chosen and self._fails(self._closed(chosen)) is not False):
            at = self._last_needed(chosen, pool)
            chosen |= 1 << pool[at]
            pool = pool[at + 1 :]
        return chosen

    def _last_needed(self, chosen: int, pool: list[int]) -> int:
        """Return the last place in the pool from which on all has to be absent for the step to fail."""
        last = 0
        unknown: list[int] = []
        for at in range(1, len(pool)):
            fails = self._fails(self._rest(chosen, pool, at))
            if fails is False:
                break
            if fails:
                last, unknown = at, []
            else:
                unknown.append(at)
        if unknown:
            raise _Unknown(self._rest(chosen, pool, unknown[len(unknown) // 2]))
        return last

    def _rest(self, chosen: int, pool: list[int], at: int) -> int:
        absent = chosen
        for step in pool[at:]:
            absent |= 1 << step
        return self._closed(absent)

    def _closed(self, absent: int) -> int:
        """Return a set with all that cannot be there without it."""
        found = absent
        for step in bits(absent):
            found |= self._order.after[step]
        return found & self._candidates

    def _fails(self, absent: int) -> bool | None:
        """Return whether the step fails without these; None where no run has shown it."""
        if any(not absent & ~other for other in self._passing):
            return False
        if any(not other & ~absent for other in self._failing):
            return True
        return True if absent in self._given_up else None


def _sorted(order: Poset, mask: int) -> list[int]:
    """Return the steps of a set so that each comes after all that it needs."""
    return sorted(bits(mask), key=lambda step: ((order.before[step] & mask).bit_count(), step))
