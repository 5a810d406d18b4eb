"""The minimum hitting set: the lightest set that shares an element with each of many sets. Branch and bound.

Sets are integers with one bit for each element, which makes intersection, union and counting one operation each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: A set of elements, or of indices of sets: one bit for each.
Mask = int


def bits(mask: Mask) -> Iterator[Mask]:
    """Yield each element of a set, as a set of its own."""
    while mask:
        lowest = mask & -mask
        yield lowest
        mask ^= lowest


def minimum_hitting_set(sets: Sequence[Mask], weights: Sequence[int]) -> Mask:
    """Return the elements of least total weight that hit every set; none of the sets is empty."""
    search = _Search({1 << index: weight for index, weight in enumerate(weights)})
    search.run(sets)
    return search.best


class _Search:
    """The best solution so far, and the recursion for better ones; as deep at most as there are elements."""

    def __init__(self, weight: dict[Mask, int]) -> None:
        self.weight = weight
        self.best: Mask = 0
        self.best_weight = 0

    def run(self, sets: Sequence[Mask]) -> None:
        """Start from a greedy solution, which bounds the search, and improve on it until nothing lighter is left."""
        chosen, left = 0, list(sets)
        while left:
            hits = _sets_hit(left)
            element = max(hits, key=lambda bit: (hits[bit].bit_count(), -self.weight[bit]))
            chosen |= element
            left = [one for one in left if not one & element]
        for element in sorted(bits(chosen), key=lambda bit: -self.weight[bit]):
            if all(one & (chosen ^ element) for one in sets):
                chosen ^= element
        self.best = chosen
        self.best_weight = sum(self.weight[element] for element in bits(chosen))
        self.descend(list(sets), 0, 0)

    def descend(self, sets: list[Mask], chosen: Mask, spent: int) -> None:
        """Look for a lighter solution that has ``chosen``, which weighs ``spent``, and hits these sets as well."""
        forced, sets = _forced(sets)
        chosen |= forced
        spent += sum(self.weight[element] for element in bits(forced))
        if 0 in sets or spent + self._lower_bound(sets) >= self.best_weight:
            return
        if not sets:
            self.best, self.best_weight = chosen, spent
            return
        hits = _sets_hit(sets)
        dominated = self._dominated(hits)
        if dominated:
            self.descend([one & ~dominated for one in sets], chosen, spent)
            return
        excluded = 0
        for element in sorted(bits(sets[0]), key=lambda bit: (-hits[bit].bit_count(), self.weight[bit])):
            rest = [one & ~excluded for one in sets if not one & element]
            self.descend(rest, chosen | element, spent + self.weight[element])
            excluded |= element  # all solutions with it have been tried

    def _lower_bound(self, sets: Iterable[Mask]) -> int:
        """Return a weight that no solution is below: disjoint sets each cost at least their lightest element."""
        met, bound = 0, 0
        for one in sets:
            if not one & met:
                met |= one
                bound += min((self.weight[element] for element in bits(one)), default=0)
        return bound

    def _dominated(self, hits: dict[Mask, Mask]) -> Mask:
        """Return the elements that need not be tried: a lighter one hits all the sets that each of them hits."""
        dominated = 0
        lightest_first = sorted(hits, key=self.weight.__getitem__)
        for place, element in enumerate(lightest_first):
            for lighter in lightest_first[:place]:
                if not lighter & dominated and not hits[element] & ~hits[lighter]:
                    dominated |= element
                    break
        return dominated


def _sets_hit(sets: Sequence[Mask]) -> dict[Mask, Mask]:
    """Return which sets each element hits."""
    hits: dict[Mask, Mask] = {}
    for index, one in enumerate(sets):
        for element in bits(one):
            hits[element] = hits.get(element, 0) | 1 << index
    return hits


def _forced(sets: Iterable[Mask]) -> tuple[Mask, list[Mask]]:
    """Return the elements that are alone in a set, and the sets that these do not hit, the smallest first."""
    left = sorted(set(sets), key=lambda one: (one.bit_count(), one))
    forced = 0
    for one in left:
        if one.bit_count() != 1:
            break
        forced |= one
    return forced, [one for one in left if not one & forced]
