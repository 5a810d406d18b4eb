"""Which name is meant where a target is unknown."""

from __future__ import annotations

import pytest

from tierdeps import DependencyGraph, Driver
from tierdeps._util import suggest
from tierdeps.analysis.fixes.names import TargetNames

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
def test_the_nearest_name_is_returned(target: str, expected: str | None) -> None:
    assert TargetNames(DependencyGraph(DRIVERS)).nearest_to(target, "qemu") == expected


def test_neither_the_driver_itself_nor_the_same_name_is_returned() -> None:
    names = TargetNames(DependencyGraph(DRIVERS))
    assert names.nearest_to("secrets", "secret") == "secret2"
    assert names.nearest_to("keys", "secret2") is None


def test_all_targets_share_the_limit_of_comparisons_of_phases(monkeypatch: pytest.MonkeyPatch) -> None:
    names = TargetNames(DependencyGraph((Driver("hub", phases=("name",)), Driver("a"))))
    monkeypatch.setattr(suggest, "MAX_COMPARISONS", 1)
    assert names.nearest_to("hubs:name12", "a") == "hub:name"
    assert names.nearest_to("hubs:name34", "a") == "hub"
