"""Suggestions for misspelt names."""

from __future__ import annotations

from difflib import get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps._util.suggest import (
    MAX_COMPARISONS,
    MAX_EDITED_LENGTH,
    MAX_FUZZY_NAMES,
    KnownNames,
    nearest,
    suggestion,
)


def test_nearest_is_none_where_nothing_is_near() -> None:
    assert nearest("storrage", {"storage", "qemu"}) == "storage"
    assert nearest("zzz", {"storage", "qemu"}) is None
    assert suggestion("zzz", {"storage"}) == ""


MANY = {f"driver-{number}" for number in range(2 * MAX_FUZZY_NAMES)} | {"storage", "pool.auth"}


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("storge", "storage"),
        ("sstorage", "storage"),
        ("storagf", "storage"),
        ("tsorage", "storage"),
        ("storages", "storage"),
        ("pool-auth", "pool.auth"),
        ("pool.auht", "pool.auth"),
        ("driver-", "driver-0"),
        ("storage", None),
        ("strg", None),
        ("s" * (MAX_EDITED_LENGTH + 1), None),
        ("", None),
    ],
)
def test_among_many_names_only_those_at_one_edit_are_suggested(wrong: str, meant: str | None) -> None:
    assert nearest(wrong, MANY) == meant
    assert nearest(wrong, list(MANY)) == meant


NAMES = st.text(alphabet="abc-1ä", max_size=7)


@given(st.sets(NAMES.filter(bool), max_size=30), st.lists(NAMES.filter(bool), max_size=5))
def test_among_few_names_the_most_similar_one_is_that_of_difflib(known: set[str], wrong: list[str]) -> None:
    names = KnownNames(known)
    for name in wrong:
        expected = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
        assert names.nearest(name) == (expected[0] if expected else None)


@given(st.lists(NAMES, max_size=4))
def test_the_index_finds_what_trying_all_edits_finds(wrong: list[str]) -> None:
    known = {*MANY, "abc", "ab", "a-b", "1", "acb", "aabbcc"}
    by_trying = [nearest(name, known) for name in wrong]  # of one name each: no index pays
    indexed = KnownNames(known)
    for _ in range(len(known)):
        indexed.nearest("storge")
    found = [indexed.nearest(name) for name in wrong]
    tried = [(name, one, other) for name, one, other in zip(wrong, by_trying, found, strict=True) if name.isascii()]
    assert all(one == other for _, one, other in tried)


def test_excluded_names_are_not_suggested() -> None:
    assert KnownNames({"storage", "storages"}).nearest("storag", "storage") == "storages"
    assert KnownNames(MANY | {"storages"}).nearest("storage", "storage") == "storages"


def test_after_many_comparisons_only_names_at_one_edit_are_suggested() -> None:
    names = KnownNames({f"driver-{number}" for number in range(100)})
    assert names.nearest("drivver--7") == "driver-7"
    for number in range(MAX_COMPARISONS // 50):
        names.nearest(f"revird-{number}")  # the letters of all names, in an order that none has
    assert names.nearest("drivver--7") is None
    assert names.nearest("drivver-7") == "driver-7"
