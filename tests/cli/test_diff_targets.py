"""Of graphs with targets the active drivers are compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

DRIVERS = """
[drivers.a]
requires = ["b"]
after = ["c"]
[drivers.b]
[drivers.c]
pulls = ["b"]
[drivers.d]
when = "hot"
wanted_by = ["a"]
"""
AND_REMOVED = "added, 1 removed"


@pytest.fixture
def sides(ask: Ask) -> Ask:
    for name, text in (("all", ""), ("one", 'targets = ["a"]\n'), ("other", 'targets = ["c"]\n')):
        Path(f"{name}.toml").write_text(text + DRIVERS)
    return ask


def test_the_targets_and_what_is_active_is_shown(sides: Ask) -> None:
    assert sides("diff", "one.toml", "other.toml").out.splitlines() == [
        f"one.toml -> other.toml: other targets; 1 driver {AND_REMOVED}; 1 dependency {AND_REMOVED}; 1 fact changed",
        "",
        "targets",
        "  ~ a -> c",
        "",
        "drivers",
        "  + c, in tier default, stage 1",
        "  - a, was in tier default, stage 2",
        "",
        "dependencies",
        "  + c pulls b",
        "  - a requires b",
        "",
        "facts",
        "  - hot: no dependency is conditional on it any more",
    ]
    found = json.loads(sides("diff", "--format", "json", "one.toml", "all.toml").out)
    assert found["targets"] == {"old": ["a"], "new": []}


def test_without_a_difference_nothing_is_said_of_targets(sides: Ask) -> None:
    assert "targets" not in json.loads(sides("diff", "--format", "json", "one.toml", "one.toml").out)
    assert "targets" not in json.loads(sides("diff", "--format", "json", "all.toml", "all.toml").out)


def test_a_lock_of_targets_is_compared_with_the_graph(sides: Ask) -> None:
    assert sides("lock", "one.toml").code == 0
    assert json.loads(sides("diff", "--format", "json", "tierdeps.lock", "one.toml").out)["changed"] is False
    found = json.loads(sides("diff", "--format", "json", "tierdeps.lock", "other.toml").out)
    assert found["targets"] == {"old": ["a"], "new": ["c"]}


def test_a_driver_that_is_absent_on_both_sides_is_no_difference(sides: Ask) -> None:
    Path("more.toml").write_text(DRIVERS + "[drivers.e]\nafter = ['d']\n")
    answer = sides("diff", "all.toml", "more.toml")
    assert [line for line in answer.out.splitlines() if line.startswith("  ")] == ["  + e, in tier default, stage 1"]
