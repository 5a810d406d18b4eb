"""Interning of the names on JSON lines with numpy, straight from the bytes of the file."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

from tierdeps.compact.interning_numpy import InternTable, UnfitError, key_columns
from tierdeps.graph.bulk.interning import InternedDrivers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_QUOTE = ord('"')


class NumpyNameReader:
    """Interns the names on JSON lines: the bytes between each pair of quotation marks are a key or a name.

    The lines must be well-formed and have only the keys ``name`` and ``requires``; a driver with such a name is one
    that it cannot tell from a key.
    """

    #: The number of bytes processed at a time: enough to make numpy worthwhile.
    part = 1 << 20

    def __init__(self) -> None:
        self._interned = InternTable()
        self._names: list[str] = []
        self._owners, self._counts, self._ends = array("i"), array("i"), array("i")

    def add(self, part: bytes, _rows: object, required: Sequence[Sequence[str]]) -> None:
        """Add the names on some lines; of ``required`` only the counts are used. Raises UnfitError for escapes."""
        if b"\\" in part:
            raise UnfitError
        marks = np.flatnonzero(np.frombuffer(part, dtype=np.uint8) == _QUOTE)
        first, past = marks[::2] + 1, marks[1::2]
        keys = key_columns(part, first, past - first)
        named = _equal(keys, "name")
        other = ~(named | _equal(keys, "requires"))
        owners = np.flatnonzero(named) + 1
        other[owners] = False
        chosen = np.concatenate((owners, np.flatnonzero(other)))
        numbers, new = self._interned.intern([column[chosen] for column in keys])
        fresh = chosen[new]
        spans = map(slice, first[fresh].tolist(), past[fresh].tolist())
        self._names += map(bytes.decode, map(part.__getitem__, spans))
        self._owners.frombytes(numbers[: len(owners)].tobytes())
        self._ends.frombytes(numbers[len(owners) :].tobytes())
        self._counts.extend(map(len, required))

    def interned(self) -> InternedDrivers:
        """Return all names that were added."""
        return InternedDrivers(self._names, self._owners, self._counts, self._ends)


def _equal(keys: list[NDArray[np.uint64]], text: str) -> NDArray[np.bool_]:
    """Return which keys equal a text of up to eight letters."""
    found: NDArray[np.bool_] = keys[0] == int.from_bytes(text.encode(), "little")
    for column in keys[1:]:
        found &= column == 0
    return found
