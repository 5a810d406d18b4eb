"""Interning with numpy: equal texts get equal numbers, thousands of texts in one call; a hash table in arrays.

A Python dictionary does the same one text at a time. Texts become keys of one to eight words of 64 bits, which numpy
hashes and compares. What cannot be such a key raises UnfitError, and the caller falls back to a dictionary: the numbers
are the same.
"""

from __future__ import annotations

from array import array
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

#: A key has at most so many words of eight bytes.
MAX_KEY_WORDS = 8
#: The maximal number of probes for a key. Random keys never need that many: somebody has chosen
#: keys that collide, and looking further would take quadratic time.
MAX_PROBES = 512
#: The number of texts that are interned in one call.
BATCH_TEXTS = 1 << 16
_FREE = -1
_MIN_SLOTS = 1 << 12
#: 2**64 over the golden ratio (Fibonacci hashing), and its powers: odd multipliers, one for each word of a key.
_GOLDEN = 0x9E3779B97F4A7C15
_MULTIPLIERS = np.array([pow(_GOLDEN, place + 1, 1 << 64) for place in range(MAX_KEY_WORDS)], dtype=np.uint64)
#: ``_LOW_BYTES[n]`` masks the lowest ``n`` bytes of a word.
_LOW_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)


class UnfitError(Exception):
    """A text cannot be a key: it is too long, contains a zero, or is no text; or too many keys share a slot."""


def intern_names(names: Sequence[str], lists: Iterable[Collection[str]]) -> tuple[array[int], list[str]]:
    """Return the index of each listed name, and the listed names that are not among ``names``.

    Raises UnfitError.
    """
    table, indices, new_names = InternTable(), array("i"), list[str]()
    texts, known = chain(names, chain.from_iterable(lists)), len(names)
    while batch := list(islice(texts, BATCH_TEXTS)):
        found, new = table.intern(_keys_of(batch))
        indices.frombytes(found.tobytes())
        new_names += map(batch.__getitem__, new.tolist())
    if indices[:known] != array("i", range(known)):  # a subclass of str with an __eq__ of its own: bytes do not decide
        raise UnfitError
    return indices[known:], new_names[known:]


def order_of(names: Sequence[str]) -> NDArray[np.intp]:
    """Return the positions of names in the order in which Python sorts them. Raises UnfitError.

    Python compares code points and numpy the bytes of UTF-8, which gives the same order.
    """
    if any(kind is not str for kind in set(map(type, names))):  # a subclass may compare in its own way
        raise UnfitError
    words = [column.byteswap() for column in _keys_of(names)]  # the first byte of a name becomes the highest of a word
    order: NDArray[np.intp] = np.lexsort(words[::-1])
    return order


def _keys_of(texts: Sequence[str]) -> list[NDArray[np.uint64]]:
    """Return the keys of texts. They are joined by zeros and encoded in one call, so no text may contain one."""
    try:
        data = "\0".join(texts).encode()
    except (TypeError, UnicodeEncodeError) as error:
        raise UnfitError from error
    zeros = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == 0)
    if len(zeros) != len(texts) - 1:
        raise UnfitError
    starts, ends = np.concatenate(([0], zeros + 1)), np.concatenate((zeros, [len(data)]))
    return key_columns(data, starts, ends - starts)


def key_columns(data: bytes, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> list[NDArray[np.uint64]]:
    """Return the keys of byte strings without zeros that stand somewhere in ``data``.

    A list of columns: the first eight bytes of each string, the second eight, and so on, padded with zeros. Raises
    UnfitError where a string is longer than a key can be.
    """
    count = max(1, -(-int(lengths.max(initial=0)) // 8))
    if count > MAX_KEY_WORDS:
        raise UnfitError
    padded = data + bytes(8 * MAX_KEY_WORDS)
    # an overlapping view: word i is the eight bytes from byte i on
    words = np.ndarray((len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,))
    return [words[starts + 8 * place] & _LOW_BYTES[np.clip(lengths - 8 * place, 0, 8)] for place in range(count)]


class InternTable:
    """A hash table from keys to numbers, which are given in the order in which keys first occur.

    Open addressing with linear probing. ``_slots`` has the number of a key or ``_FREE``; ``_columns`` has the keys, one
    array for each word of them, by their numbers. A slot never refers to a number of ``size`` or more between calls.
    """

    def __init__(self) -> None:
        self.size: int = 0
        self._columns: list[NDArray[np.uint64]] = []
        self._capacity = 0
        self._slots = np.full(_MIN_SLOTS, _FREE, dtype=np.int32)

    def intern(self, keys: list[NDArray[np.uint64]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the number of each key, and the positions at which a key occurs for the first time.

        All keys are first stored behind the known ones as if they were new. Raises UnfitError; then the table is
        spoilt.
        """
        count = len(keys[0])
        self._store(keys, count)
        candidates = np.arange(self.size, self.size + count, dtype=np.int32)
        numbers, probed = self._insert(candidates)
        new = np.flatnonzero(numbers == candidates)
        # remove the keys that were known or repeated: the new ones move up and get their final numbers
        for column in self._columns:
            column[self.size : self.size + len(new)] = column[self.size + new]
        final = np.zeros(count, dtype=np.int32)
        final[new] = np.arange(self.size, self.size + len(new), dtype=np.int32)
        self._slots[probed[new]] = final[new]
        from_this_call = numbers >= self.size
        numbers[from_this_call] = final[numbers[from_this_call] - self.size]
        self.size += len(new)
        return numbers, new

    def _store(self, keys: list[NDArray[np.uint64]], count: int) -> None:
        """Write keys behind the known ones, and make the table large enough for all to be new."""
        while len(self._columns) < len(keys):
            self._columns.append(np.zeros(self._capacity, dtype=np.uint64))
        end = self.size + count
        if end > self._capacity:
            self._capacity = 2 * end
            self._columns = [
                np.concatenate((old, np.zeros(self._capacity - len(old), np.uint64))) for old in self._columns
            ]
        for place, column in enumerate(self._columns):
            column[self.size : end] = keys[place] if place < len(keys) else 0
        if 2 * end > len(self._slots):
            self._slots = np.full(1 << (4 * end).bit_length(), _FREE, dtype=np.int32)
            self._insert(np.arange(self.size, dtype=np.int32))

    def _insert(self, candidates: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return, for each candidate, which number has its key (its own or an earlier one), and in which slot.

        Each round probes one slot for all that are still pending. Several may claim one free slot: they are written in
        reverse, so the first candidate wins, as it would one at a time, and those with an equal key find it there.
        """
        slots, last = self._slots, len(self._slots) - 1
        probed, found = self._first_slots(candidates), np.full(len(candidates), _FREE, dtype=np.int32)
        pending = np.arange(len(candidates))
        for _ in range(MAX_PROBES):
            free = pending[slots[probed[pending]] == _FREE][::-1]
            slots[probed[free]] = candidates[free]
            occupant, own = slots[probed[pending]], candidates[pending]
            is_equal = np.ones(len(pending), dtype=np.bool_)
            for column in self._columns:
                is_equal &= column[occupant] == column[own]
            found[pending[is_equal]] = occupant[is_equal]
            pending = pending[~is_equal]
            if not len(pending):
                return found, probed
            probed[pending] = (probed[pending] + 1) & last
        raise UnfitError

    def _first_slots(self, candidates: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the slot that each key hashes to. Missing words of a short key are zero and change nothing."""
        mixed = np.zeros(len(candidates), dtype=np.uint64)
        for place, column in enumerate(self._columns):
            mixed ^= column[candidates] * _MULTIPLIERS[place]
        mixed ^= mixed >> np.uint64(32)
        mixed *= _MULTIPLIERS[0]
        return (mixed >> np.uint64(65 - len(self._slots).bit_length())).astype(np.int64)
