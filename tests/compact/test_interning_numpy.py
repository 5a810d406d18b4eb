"""Interning thousands of keys in one call gives the numbers that interning them one by one gives."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.compact import interning_numpy, kernels, kernels_numpy
from tierdeps.compact.interning_numpy import InternTable, UnfitError, key_columns

MAX_KEY_BYTES = 8 * interning_numpy.MAX_KEY_WORDS
KEYS = st.one_of(
    st.binary(max_size=MAX_KEY_BYTES).map(lambda key: key.replace(b"\0", b"0")),
    st.text("ab", max_size=4).map(str.encode),
)


def intern(table: InternTable, keys: list[bytes]) -> tuple[list[int], list[int]]:
    lengths = np.array([len(key) for key in keys], dtype=np.int64)
    numbers, new = table.intern(key_columns(b"".join(keys), np.cumsum(lengths) - lengths, lengths))
    return numbers.tolist(), new.tolist()


@given(st.lists(st.lists(KEYS, min_size=1, max_size=40).filter(any), max_size=5))
def test_numbers_are_given_in_the_order_of_first_occurrence(batches: list[list[bytes]]) -> None:
    table, known = InternTable(), dict[bytes, int]()
    for keys in batches:
        before = len(known)
        expected = [known.setdefault(key, len(known)) for key in keys]
        numbers, new = intern(table, keys)
        assert numbers == expected
        assert [keys[place] for place in new] == list(known)[before:]
        assert table.size == len(known)


def test_the_table_grows() -> None:
    table = InternTable()
    for start in range(0, 100_000, 7_000):
        keys = [b"driver-%d" % (number % 60_000) for number in range(start, start + 7_000)]
        assert intern(table, keys)[0] == [number % 60_000 for number in range(start, start + 7_000)]
    assert table.size == 60_000


TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(["a", "größe", "\0", "x" * 80, "\ud800", ""]))
LISTS = st.lists(st.lists(st.one_of(TEXTS, st.none()), max_size=6), max_size=8)


@given(st.lists(TEXTS, unique=True), LISTS, st.sampled_from([1, 7, interning_numpy.BATCH_TEXTS]))
def test_both_kernels_intern_any_texts_alike(names: list[str], lists: list[list[str]], batch: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interning_numpy, "BATCH_TEXTS", batch)
        assert kernels_numpy.intern_names(names, lists) == kernels.intern_names(names, lists)


def test_short_texts_are_interned_with_numpy() -> None:
    assert interning_numpy.intern_names(["a", "größe"], [["größe", "c"], [], ["c", "a"]]) == (
        array("i", [1, 2, 2, 0]),
        ["c"],
    )


class Odd(str):
    """A text that is equal to nothing but itself."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


@pytest.mark.parametrize("names", [["a\0b"], ["a\0"], ["\0"], ["\ud800"], ["x" * 80], [3], [Odd("a"), Odd("a")]])
def test_texts_that_cannot_be_keys_are_refused(names: list[str]) -> None:
    with pytest.raises(UnfitError):
        interning_numpy.intern_names(names, [["a"]])


def test_a_key_that_is_too_long_is_refused() -> None:
    assert intern(InternTable(), [b"x" * MAX_KEY_BYTES])[0] == [0]
    with pytest.raises(UnfitError):
        intern(InternTable(), [b"x" * (MAX_KEY_BYTES + 1)])


def test_too_many_keys_that_collide_are_refused() -> None:
    whole = 1 << 64
    inverse = pow(0x9E3779B97F4A7C15, -1, whole)
    mixed = [number * inverse % whole for number in range(interning_numpy.MAX_PROBES + 1)]
    keys = np.array([(value ^ value >> 32) * inverse % whole for value in mixed], dtype=np.uint64)
    assert InternTable().intern([keys[:-1]])[0].tolist() == list(range(interning_numpy.MAX_PROBES))
    with pytest.raises(UnfitError):
        InternTable().intern([keys])
