"""Names numbered by numpy, straight from the bytes that they stand in."""

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


class QuotedNames:
    """The names on JSON lines, each between the quotation marks where it stands.

    Lines are well-formed, and the keys ``name`` and ``requires`` are all that they have; no driver has such a name.
    """

    #: So many bytes are looked at at a time: enough for numpy.
    part = 1 << 20

    def __init__(self) -> None:
        self._interned = InternTable()
        self._names: list[str] = []
        self._owners, self._counts, self._ends = array("i"), array("i"), array("i")

    def add(self, part: bytes, _rows: object, required: Sequence[Sequence[str]]) -> None:
        """Add some lines; of what they require only the counts are looked at. Raises UnfitError."""
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

    def numbering(self) -> InternedDrivers:
        """Return all there is."""
        return InternedDrivers(self._names, self._owners, self._counts, self._ends)


def _equal(keys: list[NDArray[np.uint64]], text: str) -> NDArray[np.bool_]:
    """Tell which keys are a text of up to eight letters."""
    found: NDArray[np.bool_] = keys[0] == int.from_bytes(text.encode(), "little")
    for column in keys[1:]:
        found &= column == 0
    return found
