"""Numbers for short texts, thousands at a time: a hash table of numpy's arrays."""

from __future__ import annotations

from array import array
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

#: Keys of so many words of eight bytes at most.
WIDEST = 8
#: So often a key may find its place taken: where that does not do, somebody has chosen the keys with care.
PATIENCE = 512
#: So many texts are looked at at a time.
PART = 1 << 16
_FREE = -1
_SMALLEST = 1 << 12
#: 2 to the power of 64 over the golden ratio, and its powers: odd numbers, one for each word of a key.
_MIX = 0x9E3779B97F4A7C15
_ODD = np.array([pow(_MIX, place + 1, 1 << 64) for place in range(WIDEST)], dtype=np.uint64)
#: Leaves as many bytes of a word as its place here says.
_KEEP = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)


class UnfitError(Exception):
    """A text is too long, or is none, or has a zero in it, or too many are made to fall on one place."""


def numbered(names: Sequence[str], lists: Iterable[Collection[str]]) -> tuple[array[int], list[str]]:
    """Return the numbers of what is listed: of names, and then of what is none of them, which is returned as well.

    Raises UnfitError.
    """
    interned, numbers, rest = Interned(), array("i"), list[str]()
    texts, known = chain(names, chain.from_iterable(lists)), len(names)
    while part := list(islice(texts, PART)):
        found, new = interned.intern(_cut(part))
        numbers.frombytes(found.tobytes())
        rest += map(part.__getitem__, new.tolist())
    if numbers[:known] != array("i", range(known)):  # texts of a kind that has its own idea of being equal
        raise UnfitError
    return numbers[known:], rest[known:]


def _cut(texts: list[str]) -> list[NDArray[np.uint64]]:
    try:
        whole = "\0".join(texts).encode()
    except (TypeError, UnicodeEncodeError) as error:
        raise UnfitError from error
    marks = np.flatnonzero(np.frombuffer(whole, dtype=np.uint8) == 0)
    if len(marks) != len(texts) - 1:
        raise UnfitError
    first, past = np.concatenate(([0], marks + 1)), np.concatenate((marks, [len(whole)]))
    return words(whole, first, past - first)


def words(text: bytes, first: NDArray[np.int64], length: NDArray[np.int64]) -> list[NDArray[np.uint64]]:
    """Cut byte strings without zeros out of a text: their first eight bytes each, their second, and so on.

    Raises UnfitError for one of more than WIDEST times eight.
    """
    count = max(1, -(-int(length.max(initial=0)) // 8))
    if count > WIDEST:
        raise UnfitError
    padded = text + bytes(8 * WIDEST)
    every = np.ndarray((len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,))
    return [every[first + 8 * place] & _KEEP[np.clip(length - 8 * place, 0, 8)] for place in range(count)]


class Interned:
    """Keys, and the number of each: in the order in which they come."""

    def __init__(self) -> None:
        self.size = 0
        self._keys: list[NDArray[np.uint64]] = []
        self._room = 0
        self._table = np.full(_SMALLEST, _FREE, dtype=np.int32)

    def intern(self, keys: list[NDArray[np.uint64]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the number of each key, and at which places there are new ones. Raises UnfitError."""
        count = len(keys[0])
        self._take(keys, count)
        guests = np.arange(self.size, self.size + count, dtype=np.int32)
        numbers, slots = self._seat(guests)
        new = np.flatnonzero(numbers == guests)
        # who came for the second time leaves, and the others move up
        for column in self._keys:
            column[self.size : self.size + len(new)] = column[self.size + new]
        final = np.zeros(count, dtype=np.int32)
        final[new] = np.arange(self.size, self.size + len(new), dtype=np.int32)
        self._table[slots[new]] = final[new]
        late = numbers >= self.size
        numbers[late] = final[numbers[late] - self.size]
        self.size += len(new)
        return numbers, new

    def _take(self, keys: list[NDArray[np.uint64]], count: int) -> None:
        """Write keys down behind those that are there, with room in the table for all."""
        while len(self._keys) < len(keys):
            self._keys.append(np.zeros(self._room, dtype=np.uint64))
        past = self.size + count
        if past > self._room:
            self._room = 2 * past
            self._keys = [np.concatenate((old, np.zeros(self._room - len(old), np.uint64))) for old in self._keys]
        for place, column in enumerate(self._keys):
            column[self.size : past] = keys[place] if place < len(keys) else 0
        if 2 * past > len(self._table):
            self._table = np.full(1 << (4 * past).bit_length(), _FREE, dtype=np.int32)
            self._seat(np.arange(self.size, dtype=np.int32))

    def _seat(self, guests: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return who has the key of each guest, itself or one that was there before it, and where in the table."""
        table, last = self._table, len(self._table) - 1
        slots, found = self._slots(guests), np.full(len(guests), _FREE, dtype=np.int32)
        left = np.arange(len(guests))
        for _ in range(PATIENCE):
            free = left[table[slots[left]] == _FREE][::-1]
            table[slots[free]] = guests[free]  # of those that want one place, the last one written is the first
            there, here = table[slots[left]], guests[left]
            same = np.ones(len(left), dtype=np.bool_)
            for column in self._keys:
                same &= column[there] == column[here]
            found[left[same]] = there[same]
            left = left[~same]
            if not len(left):
                return found, slots
            slots[left] = (slots[left] + 1) & last
        raise UnfitError

    def _slots(self, guests: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return where to look first for each."""
        mixed = np.zeros(len(guests), dtype=np.uint64)
        for place, column in enumerate(self._keys):
            mixed ^= column[guests] * _ODD[place]  # nothing, for the words that a short key has not
        mixed ^= mixed >> np.uint64(32)
        mixed *= _ODD[0]
        return (mixed >> np.uint64(65 - len(self._table).bit_length())).astype(np.int64)
