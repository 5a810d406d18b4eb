"""Names become indices in the order in which a file has them, and bulk drivers once all of them are known."""

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
from tierdeps.graph.bulk.drivers import BulkDrivers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph.bulk.drivers import Origins


class InternedDrivers(Value, dict=True):
    """Drivers in the order of a file: each of ``owners`` requires as many of the ``targets`` as ``counts`` says.

    ``owners`` and ``targets`` are indices into ``names``, which has each name once, of drivers and of mere targets.
    """

    names: list[str]
    owners: array[int]
    counts: array[int]
    targets: array[int]

    @cached_property
    def is_driver(self) -> bytearray:
        """A one for each name that a driver has."""
        flags = bytearray(len(self.names))
        _exhaust(map(flags.__setitem__, self.owners, repeat(1)))
        return flags

    @property
    def unique(self) -> bool:
        """Whether no two drivers have the same name."""
        return self.is_driver.count(1) == len(self.owners)


def sorted_drivers(interned: InternedDrivers, origin: Origins) -> tuple[BulkDrivers, array[int]]:
    """Return bulk drivers, which are sorted by name, and for each of them its position among the owners."""
    names, is_driver = interned.names, interned.is_driver
    needs = Adjacency(offsets_of(interned.counts), interned.targets)
    order = sorted(compress(range(len(names)), is_driver), key=names.__getitem__)
    known = list(map(names.__getitem__, order))
    if known == names and interned.owners == array("i", range(len(names))):  # the file is sorted
        return BulkDrivers(names, needs, [], origin), interned.owners
    absent = list(compress(range(len(names)), map(not_, is_driver)))
    new_index, positions = zeros("i", len(names)), zeros("i", len(known))
    _exhaust(map(new_index.__setitem__, chain(order, absent), range(len(names))))
    _exhaust(map(positions.__setitem__, map(new_index.__getitem__, interned.owners), range(len(known))))
    needs = select_kernels(len(interned.targets)).permuted(needs, positions, new_index)
    return BulkDrivers(known, needs, [names[index] for index in absent], origin), positions


def _exhaust(iterator: Iterator[object]) -> None:
    """Run an iterator to its end for its side effects, faster than a loop would."""
    deque(iterator, maxlen=0)
