"""Keys that are numbered thousands at a time get the numbers that they would get one by one."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.compact import interned, plain, wide
from tierdeps.compact.interned import Interned, UnfitError, words

LONGEST = 8 * interned.WIDEST
KEYS = st.one_of(
    st.binary(max_size=LONGEST).map(lambda key: key.replace(b"\0", b"0")),
    st.text("ab", max_size=4).map(str.encode),
)


def numbered(table: Interned, keys: list[bytes]) -> tuple[list[int], list[int]]:
    lengths = np.array([len(key) for key in keys], dtype=np.int64)
    numbers, new = table.intern(words(b"".join(keys), np.cumsum(lengths) - lengths, lengths))
    return numbers.tolist(), new.tolist()


@given(st.lists(st.lists(KEYS, min_size=1, max_size=40).filter(any), max_size=5))
def test_numbers_come_in_the_order_of_the_keys(batches: list[list[bytes]]) -> None:
    table, known = Interned(), dict[bytes, int]()
    for keys in batches:
        before = len(known)
        expected = [known.setdefault(key, len(known)) for key in keys]
        numbers, new = numbered(table, keys)
        assert numbers == expected
        assert [keys[place] for place in new] == list(known)[before:]
        assert table.size == len(known)


def test_the_table_grows() -> None:
    table = Interned()
    for start in range(0, 100_000, 7_000):
        keys = [b"driver-%d" % (number % 60_000) for number in range(start, start + 7_000)]
        assert numbered(table, keys)[0] == [number % 60_000 for number in range(start, start + 7_000)]
    assert table.size == 60_000


TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(["a", "größe", "\0", "x" * 80, "\ud800", ""]))
LISTS = st.lists(st.lists(st.one_of(TEXTS, st.none()), max_size=6), max_size=8)


@given(st.lists(TEXTS, unique=True), LISTS, st.sampled_from([1, 7, interned.PART]))
def test_numpy_gives_any_texts_the_same_numbers(names: list[str], lists: list[list[str]], part: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interned, "PART", part)
        assert wide.numbered(names, lists) == plain.numbered(names, lists)


def test_what_fits_is_not_looked_up_one_by_one() -> None:
    assert interned.numbered(["a", "größe"], [["größe", "c"], [], ["c", "a"]]) == (array("i", [1, 2, 2, 0]), ["c"])


class Odd(str):
    """Is equal to nothing but itself."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


@pytest.mark.parametrize("names", [["a\0b"], ["a\0"], ["\0"], ["\ud800"], ["x" * 80], [3], [Odd("a"), Odd("a")]])
def test_what_does_not_fit(names: list[str]) -> None:
    with pytest.raises(UnfitError):
        interned.numbered(names, [["a"]])


def test_a_key_that_is_too_long() -> None:
    assert numbered(Interned(), [b"x" * LONGEST])[0] == [0]
    with pytest.raises(UnfitError):
        numbered(Interned(), [b"x" * (LONGEST + 1)])


def test_keys_that_are_chosen_to_fall_on_one_place() -> None:
    whole = 1 << 64
    back = pow(0x9E3779B97F4A7C15, -1, whole)
    mixed = [number * back % whole for number in range(interned.PATIENCE + 1)]
    keys = np.array([(value ^ value >> 32) * back % whole for value in mixed], dtype=np.uint64)
    assert Interned().intern([keys[:-1]])[0].tolist() == list(range(interned.PATIENCE))
    with pytest.raises(UnfitError):
        Interned().intern([keys])
