"""Keys that are numbered thousands at a time get the numbers that they would get one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.compact import interned
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
