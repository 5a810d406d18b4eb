"""Suggestions for misspelt names."""

from __future__ import annotations

import pytest

from tierdeps._util.suggest import MAX_EDITED_LENGTH, MAX_FUZZY_NAMES, nearest, suggestion


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
