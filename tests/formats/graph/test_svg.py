"""A graph as SVG, which Graphviz draws."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.page.documents import HOSTILE, hostile, tangle
from tierdeps import DependencyGraph, InputError
from tierdeps._util.text import printable
from tierdeps.formats import View
from tierdeps.formats.graph.dot import render_svg
from tierdeps.graph.view import build_view
from tierdeps.words.graphviz import drawn_as_svg

if TYPE_CHECKING:
    from pathlib import Path

needs_graphviz = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
SVG = "{http://www.w3.org/2000/svg}"


def picture(graph: DependencyGraph) -> ET.Element:
    return ET.fromstring("\n".join(render_svg(build_view(graph, with_cycles=True), View())))  # noqa: S314


def groups(root: ET.Element, kind: str) -> list[ET.Element]:
    return [group for group in root.iter(f"{SVG}g") if group.get("class") == kind]


def instead_of_dot(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program named dot in front of Graphviz."""
    program = folder / "dot"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@needs_graphviz
def test_every_driver_and_dependency_is_drawn() -> None:
    root = picture(tangle())
    assert len(groups(root, "edge")) == tangle().dependency_count
    names = {title.text for group in groups(root, "node") for title in group.iter(f"{SVG}title")}
    assert set(tangle().drivers) <= names


@needs_graphviz
def test_hostile_names_are_text_and_run_nothing() -> None:
    root = picture(hostile())
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "g", "title", "path", "polygon", "polyline", "ellipse", "text", "a"),
    }
    assert not [key for element in root.iter() for key in element.attrib if key.startswith("on")]
    links = [value for element in root.iter() for key, value in element.items() if key.endswith("href")]
    assert not links
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert printable(HOSTILE[0]) in texts


def test_where_graphviz_has_gone_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="dot is not installed; install the package graphviz, or write --format html"):
        drawn_as_svg("digraph {}")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'out of \033 memory' >&2; exit 1", r"Graphviz failed: out of \\x1b memory;"),
        ("exit 3", "Graphviz failed: exit code 3, and no picture;"),
        ("cat > file.txt", "Graphviz failed: exit code 0, and no picture;"),
        ("echo '<svg>'", "Graphviz failed: exit code 0, and no picture;"),
        ("kill -9 $$", "Graphviz failed: signal 9;"),
        ("exec sleep 60", "Graphviz drew for more than 0.5 s; draw a part"),
    ],
)
def test_a_picture_that_fails_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    instead_of_dot(tmp_path, monkeypatch, script)
    with pytest.raises(InputError, match=reason):
        drawn_as_svg("digraph {}" + " " * 1_000_000, limit_s=0.5)


def test_a_program_that_cannot_be_run_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instead_of_dot(tmp_path, monkeypatch, "")
    (tmp_path / "dot").chmod(0o644)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="Graphviz cannot be run: permission denied"):
        drawn_as_svg("digraph {}")
