"""All mistakes of a file are reported at once, a line of the standard error each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.repositories import commit

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

TWO = "[drivers.a]\nrequries = []\n[drivers.b]\ntier = 1\n"
SENTENCES = [
    "site.toml: line 2, drivers.a.requries: unknown key 'requries'; did you mean 'requires'?",
    "site.toml: line 4, drivers.b.tier: expected the name of a tier, got the number 1",
]


@pytest.mark.parametrize("command", ["check", "order", "lock", "start --dry-run", "simulate"])
def test_each_mistake_of_a_graph_is_an_error_of_its_own(ask: Ask, command: str) -> None:
    Path("site.toml").write_text(TWO)
    answer = ask(*command.split(), "site.toml")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [f"error: {sentence}" for sentence in SENTENCES]


def test_each_mistake_of_the_settings_is_an_error_of_its_own(ask: Ask) -> None:
    Path("tierdeps.toml").write_text("strct = true\nonly = 1\n")
    answer = ask("plugins")
    assert answer.code == 2
    assert [line.split(":")[2] for line in answer.err.splitlines()] == [" line 1, strct", " line 2, only"]


def test_more_than_twenty_are_counted(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.a]\n" + "".join(f"key{number:02} = 1\n" for number in range(25)))
    lines = ask("check", "site.toml").err.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "error: site.toml: and 5 more"


def test_a_graph_that_is_checked_beside_others_has_all_of_its_mistakes(ask: Ask) -> None:
    Path("site.toml").write_text(TWO)
    Path("good.toml").write_text("[drivers.a]\n")
    answer = ask("check", "--each", "site.toml", "good.toml", "--format", "json")
    checks = json.loads(answer.out)["graphs"]
    assert answer.code == 2
    assert checks[0]["problem"] == "; ".join(SENTENCES)


@pytest.mark.usefixtures("repository")
def test_the_mistakes_of_a_revision_name_it(ask: Ask) -> None:
    Path("site.toml").write_text(TWO)
    commit("two mistakes")
    Path("site.toml").write_text("[drivers.a]\n")
    answer = ask("diff", "HEAD", "site.toml")
    assert answer.code == 2
    assert answer.err.splitlines() == [f"error: HEAD:{sentence}" for sentence in SENTENCES]
