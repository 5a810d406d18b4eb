"""``tierdeps graph`` of a part of a graph, and into a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

GRAPH = str(Path(__file__).parents[2] / "graphs" / "libvirt-today.toml")


def drivers(ask: Ask, *arguments: str) -> set[str]:
    return set(json.loads(ask("graph", GRAPH, "--format", "json", *arguments).out)["drivers"])


def test_a_part_is_drawn_around_a_driver_of_a_tier_or_with_a_collapsed_tier(ask: Ask) -> None:
    assert drivers(ask, "--focus", "config", "--depth", "1") == {"config", "remote", "secret", "storage"}
    assert drivers(ask, "--tier", "connection") == {"remote"}
    tiers = ("--tier", "core", "--tier", "connection")
    assert drivers(ask, "--collapse", "core", *tiers) == {"remote", "core (15 drivers)"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--focus", "nope"), "no driver is named 'nope'"),
        (("--tier", "nope"), "no tier is named 'nope'"),
        (("--collapse", "nope"), "no tier is named 'nope'"),
        (("--depth", "1"), "--depth says how far --focus reaches; name a driver with --focus"),
        (("--focus", "config", "--depth", "-1"), "Invalid value for '--depth'"),
        (("--output", "no/such/folder.dot"), "no/such/folder.dot"),
    ],
)
def test_what_cannot_be_drawn_is_an_error(ask: Ask, arguments: tuple[str, ...], message: str) -> None:
    answer = ask("graph", GRAPH, *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert message in answer.err


@pytest.mark.parametrize(
    ("file", "start"),
    [
        ("a.dot", "digraph"),
        ("a.GV", "digraph"),
        ("a.mmd", "flowchart"),
        ("a.json", "{"),
        ("a.graphml", "<graphml"),
        ("a.html", "<!doctype html>"),
        ("a.txt", "3 tiers"),
    ],
)
def test_the_suffix_of_the_file_sets_the_format(ask: Ask, tmp_path: Path, file: str, start: str) -> None:
    answer = ask("graph", GRAPH, "--output", str(tmp_path / file))
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert (tmp_path / file).read_text().startswith(start)


def test_a_format_that_is_given_counts_more_than_the_suffix(ask: Ask, tmp_path: Path) -> None:
    ask("graph", GRAPH, "--format", "tree", "--output", str(tmp_path / "a.dot"))
    assert not (tmp_path / "a.dot").read_text().startswith("digraph")
    assert ask("graph", GRAPH, "--format", "mermaid", "--output", "-").out.startswith("flowchart")


def test_a_picture_is_drawn_by_graphviz_where_it_is_installed(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\nread -r first\necho "<svg>$first $*</svg>"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask("graph", GRAPH, "--format", "svg").out == "<svg>digraph tierdeps { -Tsvg</svg>\n"
    assert ask("graph", GRAPH, "--output", "a.svg").code == 0
    assert (tmp_path / "a.svg").read_text() == "<svg>digraph tierdeps { -Tsvg</svg>\n"
    program.unlink()
    answer = ask("graph", GRAPH, "--output", "b.svg")
    assert (answer.code, answer.out) == (0, "")
    assert "storage" in (tmp_path / "b.svg").read_text(), "else with the layout of the page"


def test_a_graph_that_is_condensed_for_mermaid_is_a_warning(ask: Ask, tmp_path: Path) -> None:
    names = [f"driver-{at}" for at in range(40)]
    lines = (f"[drivers.{name}]\nafter = {json.dumps(names[:at])}\n" for at, name in enumerate(names))
    (tmp_path / "large.toml").write_text("".join(lines), encoding="ascii")
    warning = "warning: Mermaid draws at most 500 edges and 50000 characters, so 1 tier is drawn as a node\n"
    for arguments in ((), ("--output", "large.mmd")):
        answer = ask("graph", "--format", "mermaid", "large.toml", *arguments)
        assert (answer.code, answer.err) == (0, warning)
        assert ask("graph", "--quiet", "--format", "mermaid", "large.toml", *arguments).err == ""
    assert ask("graph", "--format", "mermaid", GRAPH).err == ""
