"""A later GRAPH on the command line changes drivers of an earlier one; instances are seen as drivers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

INSTANCES = """
[drivers.w]
instances = ["a", "b"]
requires = ["q@{instance}"]
[drivers.q]
instances = ["a", "b"]
[drivers.other]
"""


@pytest.fixture(autouse=True)
def graphs(ask: Ask) -> None:
    """Provide a graph, and two that change it: one rightly, one with a name that is misspelt."""
    del ask
    Path("base.toml").write_text("[drivers.web]\nrequires = ['db']\n\n[drivers.db]\n")
    Path("site.toml").write_text("[drivers.web]\noverride = true\nrequires = ['cahe']\n\n[drivers.cache]\n")
    Path("wrong.toml").write_text("\n[drivers.wbe]\noverride = true\n")
    Path("again.toml").write_text("[drivers.web]\n")


def test_the_order_names_both_files(ask: Ask) -> None:
    Path("site.toml").write_text("[drivers.web]\noverride = true\nrequires = ['cache']\n\n[drivers.cache]\n")
    found = json.loads(ask("order", "base.toml", "site.toml", "--format", "json").out)
    assert found["tiers"][0]["stages"] == [["cache", "db"], ["web"]]
    origin = found["drivers"]["web"]["origin"]
    assert (origin["file"], origin["line"]) == ("base.toml", 1)
    assert [(one["file"], one["line"]) for one in origin["changed_by"]] == [("site.toml", 1)]
    assert "changed_by" not in found["drivers"]["db"]["origin"]
    assert "web    base.toml and site.toml" in ask("order", "base.toml", "site.toml").out


def test_a_finding_names_the_line_of_the_override(ask: Ask) -> None:
    answer = ask("check", "base.toml", "site.toml")
    assert answer.code == 1
    assert "web requires 'cahe'" in answer.out
    assert "site.toml:3, drivers.web.requires[0]" in answer.out


@pytest.mark.parametrize("command", ["order", "check", "graph", "lock", "start"])
def test_an_override_of_no_driver_is_an_error_with_a_suggestion(ask: Ask, command: str) -> None:
    answer = ask(command, "base.toml", "wrong.toml")
    assert answer.code == 2
    assert answer.err == (
        "error: wrong.toml: line 2, drivers.wbe: there is no driver 'wbe' in an earlier GRAPH to override;"
        " did you mean 'web'?\n"
    )
    assert not Path("tierdeps.lock").exists()


def test_the_order_of_graphs_counts(ask: Ask) -> None:
    answer = ask("check", "site.toml", "base.toml")
    assert answer.code == 2
    assert "the driver 'web' is declared in no earlier GRAPH: give that one first" in answer.err


def test_without_override_two_drivers_of_a_name_are_an_error_as_ever(ask: Ask) -> None:
    answer = ask("check", "base.toml", "again.toml")
    assert answer.code == 1
    assert "TD105" in answer.out
    assert "let the later GRAPH override it: override = true in its table" in answer.out


def test_why_explains_an_instance_and_a_pattern(ask: Ask) -> None:
    Path("w.toml").write_text("[drivers.w]\ninstances = ['a', 'b']\n[drivers.web]\nrequires = ['w@*']\n")
    answer = ask("why", "web", "w@b", "--graph", "w.toml")
    assert answer.code == 0
    assert "web requires w@b" in answer.out
    assert "w.toml:4, drivers.web.requires[0]" in answer.out


def test_a_fix_leaves_a_declaration_of_instances_alone(ask: Ask) -> None:
    text = "[drivers.w]\ninstances = ['a', 'b']\nrequires = ['bd']\n\n[drivers.db]\n"
    Path("w.toml").write_text(text)
    ask("check", "--fix", "w.toml")
    assert Path("w.toml").read_text() == text


@pytest.mark.parametrize(
    ("head", "options", "active"),
    [
        ("targets = ['w@*']\n", (), {"w@a", "w@b", "q@a", "q@b"}),
        ("", ("--target", "w@*"), {"w@a", "w@b", "q@a", "q@b"}),
        ("", ("--target", "w@b"), {"w@b", "q@b"}),
    ],
)
def test_targets_may_be_all_instances(ask: Ask, head: str, options: tuple[str, ...], active: set[str]) -> None:
    Path("w.toml").write_text(f"{head}{INSTANCES}")
    answer = ask("order", "w.toml", "--format", "json", *options)
    assert answer.code == 0
    assert set(json.loads(answer.out)["drivers"]) == active


def test_all_instances_can_be_disabled(ask: Ask) -> None:
    Path("w.toml").write_text(f"disable = ['w@*']\n{INSTANCES}")
    answer = ask("order", "w.toml")
    assert answer.out.count("(disabled)") == 2
    Path("w.toml").write_text(f"disable = ['v@*']\n{INSTANCES}")
    answer = ask("order", "w.toml")
    assert answer.code == 2
    assert "'v@*'" in answer.err


@pytest.mark.parametrize("command", ["check", "order", "start", "diff"])
def test_a_graph_of_overrides_alone_needs_the_graph_that_it_changes(ask: Ask, command: str) -> None:
    Path("only.toml").write_text('[drivers.web]\noverride = true\nwants = ["log"]\n')
    answer = ask(command, "only.toml", *(["only.toml"] if command == "diff" else []))
    message = "there is no driver 'web' to override: give the GRAPH that declares it first"
    assert (answer.code, answer.err) == (2, f"error: only.toml: line 1, drivers.web: {message}\n")
