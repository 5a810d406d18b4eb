"""Names that are numbered as they come, and made a roster once all are there."""

from __future__ import annotations

from array import array
from collections import deque
from functools import cached_property
from itertools import chain, compress, repeat
from operator import not_
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.compact.adjacency import Adjacency, offsets_of, zeros
from tierdeps.compact.select import select_kernels
from tierdeps.resolution.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.resolution.roster import Origins


class Numbering(Value, dict=True):
    """Drivers in the order in which they stand somewhere: each of ``owners`` requires ``counts`` of the ``ends``.

    They are numbers of ``names``, of drivers and of what is only required, each in there once.
    """

    names: list[str]
    owners: array[int]
    counts: array[int]
    ends: array[int]

    @cached_property
    def declared(self) -> bytearray:
        """A one for each name that is a driver's."""
        found = bytearray(len(self.names))
        _spend(map(found.__setitem__, self.owners, repeat(1)))
        return found

    @property
    def unique(self) -> bool:
        """Whether no driver stands there twice."""
        return self.declared.count(1) == len(self.owners)


def sort(given: Numbering, origin: Origins) -> tuple[Roster, array[int]]:
    """Make a roster, which is sorted by name, and tell which of the owners stands in each place."""
    names, needs, declared = given.names, Adjacency(offsets_of(given.counts), given.ends), given.declared
    order = sorted(compress(range(len(names)), declared), key=names.__getitem__)
    known = list(map(names.__getitem__, order))
    if known == names and given.owners == array("i", range(len(names))):
        return Roster(names, needs, [], origin), given.owners
    absent = list(compress(range(len(names)), map(not_, declared)))
    rank, place = zeros("i", len(names)), zeros("i", len(known))
    _spend(map(rank.__setitem__, chain(order, absent), range(len(names))))
    _spend(map(place.__setitem__, map(rank.__getitem__, given.owners), range(len(known))))
    needs = select_kernels(len(given.ends)).permuted(needs, place, rank)
    return Roster(known, needs, [names[number] for number in absent], origin), place


def _spend(iterator: Iterator[object]) -> None:
    """Run an iterator to its end for what it does, faster than a loop would."""
    deque(iterator, maxlen=0)
