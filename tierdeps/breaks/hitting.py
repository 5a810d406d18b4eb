"""The lightest set that has something of each of many sets: branch and bound, on sets as whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: A set: one bit for each of its items.
Mask = int


def bits(mask: Mask) -> Iterator[Mask]:
    """Take a set apart, each item as a set of its own."""
    while mask:
        lowest = mask & -mask
        yield lowest
        mask ^= lowest


def lightest_hit(sets: Sequence[Mask], weights: Sequence[int]) -> Mask:
    """Return the items of least weight that hit every set; none of the sets is empty."""
    search = _Search({1 << index: weight for index, weight in enumerate(weights)})
    search.start(sets)
    return search.best


class _Search:
    """What is the best so far, and the way down; as deep at most as there are items."""

    def __init__(self, weight: dict[Mask, int]) -> None:
        self.weight = weight
        self.best: Mask = 0
        self.limit = 0

    def start(self, sets: Sequence[Mask]) -> None:
        """Begin with a set that surely hits: most promising items first, then without those not needed."""
        chosen, left = 0, list(sets)
        while left:
            hits = _columns(left)
            item = max(hits, key=lambda bit: (hits[bit].bit_count(), -self.weight[bit]))
            chosen |= item
            left = [one for one in left if not one & item]
        for item in sorted(bits(chosen), key=lambda bit: -self.weight[bit]):
            if all(one & (chosen ^ item) for one in sets):
                chosen ^= item
        self.best = chosen
        self.limit = sum(self.weight[item] for item in bits(chosen))
        self.descend(list(sets), 0, 0)

    def descend(self, sets: list[Mask], chosen: Mask, spent: int) -> None:
        """Look for something lighter that hits these sets too, what was chosen already included."""
        forced, sets = _forced(sets)
        chosen |= forced
        spent += sum(self.weight[item] for item in bits(forced))
        if 0 in sets or spent + self._bound(sets) >= self.limit:
            return
        if not sets:
            self.best, self.limit = chosen, spent
            return
        hits = _columns(sets)
        useless = self._useless(hits)
        if useless:
            self.descend([one & ~useless for one in sets], chosen, spent)
            return
        left_out = 0
        for item in sorted(bits(sets[0]), key=lambda bit: (-hits[bit].bit_count(), self.weight[bit])):
            rest = [one & ~left_out for one in sets if not one & item]
            self.descend(rest, chosen | item, spent + self.weight[item])
            left_out |= item

    def _bound(self, sets: Iterable[Mask]) -> int:
        """Return what cannot be undercut: sets that share no item each cost their lightest one."""
        met, bound = 0, 0
        for one in sets:
            if not one & met:
                met |= one
                bound += min((self.weight[item] for item in bits(one)), default=0)
        return bound

    def _useless(self, hits: dict[Mask, Mask]) -> Mask:
        """Return the items in whose place a lighter one always does."""
        useless = 0
        lightest_first = sorted(hits, key=self.weight.__getitem__)
        for place, item in enumerate(lightest_first):
            for lighter in lightest_first[:place]:
                if not lighter & useless and not hits[item] & ~hits[lighter]:
                    useless |= item
                    break
        return useless


def _columns(sets: Sequence[Mask]) -> dict[Mask, Mask]:
    """Return which sets each item hits."""
    hits: dict[Mask, Mask] = {}
    for index, one in enumerate(sets):
        for item in bits(one):
            hits[item] = hits.get(item, 0) | 1 << index
    return hits


def _forced(sets: Iterable[Mask]) -> tuple[Mask, list[Mask]]:
    """Return the items that are the only ones of their set, and the sets that are left then, the smallest first."""
    left = sorted(set(sets), key=lambda one: (one.bit_count(), one))
    forced = 0
    for one in left:
        if one.bit_count() != 1:
            break
        forced |= one
    return forced, [one for one in left if not one & forced]
