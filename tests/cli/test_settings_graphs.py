"""``graphs`` of the settings: what commands take that are given no GRAPH."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Answer, Ask


@pytest.fixture(autouse=True)
def graphs(ask: Ask) -> None:
    """Provide three graphs in a folder, and one beside it; no plugin is asked."""
    del ask
    for folder in ("graphs/deep", "conf"):
        Path(folder).mkdir(parents=True)
    Path("graphs/b.toml").write_text("[drivers.b]\nrequires = ['a']\n")
    Path("graphs/a.toml").write_text("[drivers.a]\n")
    Path("graphs/deep/c.toml").write_text("[drivers.c]\n")
    Path("top.toml").write_text("[drivers.top]\n")


def settle(*graphs: str, file: str = "tierdeps.toml") -> None:
    Path(file).write_text(f"graphs = {json.dumps(graphs)}\n")


def drivers(answer: Answer) -> set[str]:
    assert answer.code == 0, answer.err
    return set(json.loads(answer.out)["drivers"])


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["top.toml"], {"top"}),
        (["graphs/*.toml"], {"a", "b"}),
        (["graphs/**/*.toml"], {"a", "b", "c"}),
        (["graphs/[ac].toml"], {"a"}),
        (["./graphs/a.toml", "graphs/*.toml", "top.toml"], {"a", "b", "top"}),
    ],
)
def test_names_and_patterns_are_merged_into_one_graph(ask: Ask, patterns: list[str], expected: set[str]) -> None:
    settle(*patterns)
    assert drivers(ask("order", "--format", "json")) == expected


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("graph",),
        ("order",),
        ("lock", "--output=-"),
        ("simulate", "--restarts=1"),
        ("start", "--dry-run"),
    ],
)
def test_every_command_that_takes_a_graph_takes_them(ask: Ask, command: tuple[str, ...]) -> None:
    settle("graphs/*.toml")
    assert ask(*command) == ask(*command, "graphs/a.toml", "graphs/b.toml")
    assert ask(*command).code == 0


def test_why_takes_them(ask: Ask) -> None:
    settle("graphs/*.toml")
    assert "b depends on a" in ask("why", "b", "a").out


def test_a_graph_on_the_command_line_is_taken_instead(ask: Ask) -> None:
    settle("graphs/*.toml")
    assert drivers(ask("order", "--format", "json", "top.toml")) == {"top"}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("tierdeps.toml", 'graphs = ["../graphs/a.toml"]'),
        ("pyproject.toml", '[tool.tierdeps]\ngraphs = ["../graphs/a.toml"]'),
        ("setup.cfg", "[tierdeps]\ngraphs = ../graphs/a.toml, ../top.toml"),
    ],
)
def test_they_are_relative_to_the_settings_file(ask: Ask, file: str, text: str) -> None:
    Path("conf", file).write_text(text)
    assert "a" in drivers(ask("order", "--format", "json", "--config", f"conf/{file}"))


@pytest.mark.parametrize(
    "pattern", ["graphs/*.tml", "missing.toml", "-", "", "graphs/*/", "x" * 5000, "nowhere/**/*.toml", "deep/\0"]
)
def test_what_matches_nothing_is_an_error(ask: Ask, pattern: str) -> None:
    settle("graphs/a.toml", pattern)
    Path("graphs/deep/c.toml").unlink()
    Path("graphs/deep").rmdir()
    answer = ask("check")
    assert (answer.code, answer.out) == (2, "")
    assert re.match(r"error: tierdeps.toml: (line 1, )?graphs: ", answer.err)
    assert answer.err.count("\n") == 1


def test_a_file_may_have_the_characters_of_a_pattern_in_its_name(ask: Ask) -> None:
    Path("graphs/[ab].toml").write_text("[drivers.bracket]\n")
    settle("graphs/[ab].toml")
    assert drivers(ask("order", "--format", "json")) == {"bracket"}


def test_a_pattern_that_ends_in_a_slash_matches_folders(ask: Ask) -> None:
    settle("graphs/*/")
    answer = ask("check")
    assert answer.code == 2
    assert "graphs/deep: no importer reads this kind of folder" in answer.err


def test_no_graphs_are_the_plugins(ask: Ask) -> None:
    settle()
    answer = ask("check", "--block", "tierdeps-libvirt")
    assert (answer.code, answer.err) == (
        2,
        "error: no installed plugin declares a driver; install one, or name a GRAPH\n",
    )


def test_a_run_of_them_is_the_run_of_these_graphs(ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    settle("top.toml")
    assert ask("start", "--once").code == 0
    assert "top.toml" in ask("status", "top.toml", "--all").out
