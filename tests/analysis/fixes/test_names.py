"""Which name is meant where a target is unknown."""

from __future__ import annotations

import pytest

from tierdeps import DependencyGraph, Driver
from tierdeps.analysis.fixes.names import Names

DRIVERS = (
    Driver("storage", phases=("initialize", "autostart"), provides=("pools",)),
    Driver("secret"),
    Driver("secret2", provides=("keys",)),
)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("storge", "storage"),
        ("poools", "pools"),
        ("storge:initialize", "storage:initialize"),
        ("storge:initialise", "storage:initialize"),
        ("poools:autostrat", "pools:autostart"),
        ("storge:zzz", "storage"),
        ("zzz", None),
        ("zzz:start", None),
    ],
)
def test_the_nearest_name_is_meant(target: str, expected: str | None) -> None:
    assert Names(DependencyGraph(DRIVERS)).near(target, "qemu") == expected


def test_neither_the_driver_itself_nor_the_same_name_is_meant() -> None:
    names = Names(DependencyGraph(DRIVERS))
    assert names.near("secrets", "secret") == "secret2"
    assert names.near("keys", "secret2") is None
