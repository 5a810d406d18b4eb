"""A TOML file with several mistakes: all of them are reported, each with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tierdeps.errors import InputError
from tierdeps.importers import Source
from tierdeps.importers.toml import IMPORTER


def refusals(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        IMPORTER.read(Source("site.toml", Path("site.toml"), text.encode()))
    return [sentence.removeprefix("site.toml: ") for sentence in caught.value.sentences]


def test_all_mistakes_of_a_file_are_reported_each_with_its_line() -> None:
    text = """\
[drivers.a]
requries = ["b"]
tier = 3
[drivers.b]
requires = ["a", 1, { target = "c", optional = "no" }]
[fact]
"""
    assert refusals(text) == [
        "line 2, drivers.a.requries: unknown key 'requries'; did you mean 'requires'?",
        "line 3, drivers.a.tier: expected the name of a tier, got the number 3",
        'line 5, drivers.b.requires[1]: expected a name, or a table such as { on = "secret" }, got the number 1',
        (
            "line 5, drivers.b.requires[2].target: unknown key 'target'; expected one of on, phase, when, reason,"
            " optional, skipped, failed, on_restart, on_loss, atleast"
        ),
        "line 5, drivers.b.requires[2].optional: expected true or false, got the string 'no'",
        "line 5, drivers.b.requires[2]: expected the key 'on': the name of a driver or capability",
        "line 6, fact: unknown key 'fact'; did you mean 'facts'?",
    ]


def test_mistakes_that_the_schema_does_not_know_are_reported_together_too() -> None:
    text = "[drivers.a]\nready = 'exit'\n[drivers.b]\nphases = []\n[tiers]\norder = ['x', 'x']\n"
    assert refusals(text) == [
        "line 2, drivers.a.ready: expected 'command' beside it: only a process has this key",
        "line 4, drivers.b.phases: expected at least one phase, got an empty list",
        "line 6, tiers.order[1]: expected each tier once, got 'x' again",
    ]
