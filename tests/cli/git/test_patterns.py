"""Patterns match the names of a list as ``glob`` matches those of a folder."""

from __future__ import annotations

from glob import glob
from typing import TYPE_CHECKING

import pytest

from tierdeps.cli.git.patterns import is_pattern, matching

if TYPE_CHECKING:
    from pathlib import Path

PATHS = ("a.toml", "b.json", ".dot.toml", "x/a.toml", "x/y/a.toml", "x/.z/a.toml", "x/y/z/b.toml", ".g/a.toml", "x/a*b")


PATTERNS = (
    *("*", "*.toml", ".*", "?.toml", "[ab].*", "[!a].*", "x", "*/", "nothing*", "x/*", "x/*/*", "x/a[*]b"),
    *("**", "**/*.toml", "x/**", "x/**/a.toml", "**/y/**", "**/**/a.toml", "**/.z/*", "**/b.toml", "x/**/**/z/*"),
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_matches_what_glob_matches(pattern: str, tmp_path: Path) -> None:
    for path in PATHS:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    expected = {name for name in glob(pattern, root_dir=tmp_path, recursive=True) if (tmp_path / name).is_file()}  # noqa: PTH207
    assert sorted(matching(pattern, PATHS)) == sorted(expected)


@pytest.mark.parametrize(("name", "answer"), [("a.toml", False), ("*.toml", True), ("a?", True), ("[a]", True)])
def test_a_name_without_special_characters_is_no_pattern(name: str, answer: bool) -> None:
    assert is_pattern(name) is answer


def test_many_stars_take_no_exponential_time() -> None:
    assert matching("/".join(["**", "x"] * 30) + "/y", ["/".join("x" * 200)]) == []
