"""What a driver brings into the plan is drawn beside what it needs, and conditions of drivers with their names."""

from __future__ import annotations

import json

from tierdeps import DependencyGraph, Driver, pulls, wanted_by
from tierdeps.formats import View
from tierdeps.formats.graph import dot, mermaid, text
from tierdeps.formats.graph import json as as_json
from tierdeps.graph.view import build_view

GRAPH = DependencyGraph(
    (
        Driver("a", dependencies=(pulls("b", when="hot"), pulls("c"))),
        Driver("b", when="hot"),
        Driver("c", dependencies=(wanted_by("a"),)),
    ),
    facts={"hot": True},
)
VIEW = build_view(GRAPH)


def test_in_text() -> None:
    lines = list(text.render(VIEW, View()))
    assert lines[lines.index("    a") :] == [
        "    a",
        "      wants c (c says so)",
        "      pulls b, when hot",
        "      pulls c",
    ]
    assert "    b  (when hot)" in lines


def test_in_dot_it_has_no_influence_on_the_layout() -> None:
    lines = list(dot.render(VIEW, View()))
    arrow = "constraint=false, style=dotted, color=gray50, fontcolor=gray50];"
    assert f'  "a" -> "b" [label="pulls\\nwhen hot", {arrow}' in lines
    assert f'  "a" -> "c" [label="pulls", {arrow}' in lines


def test_in_mermaid() -> None:
    lines = list(mermaid.render(VIEW, View()))
    assert '  d1 -.->|"pulls<br/>when hot"| d2' in lines
    assert '  d1 -.->|"pulls"| d3' in lines


def test_in_json() -> None:
    found = json.loads("\n".join(as_json.render(VIEW, View())))
    assert [(edge["from"], edge["to"], edge["kind"], edge["when"]) for edge in found["pulls"]] == [
        ("a", "b", "pulls", "hot"),
        ("a", "c", "pulls", None),
    ]
    assert [(edge["from"], edge["to"], edge["kind"]) for edge in found["edges"]] == [("a", "c", "wants")]
    assert {name: driver.get("when") for name, driver in found["drivers"].items()} == {"a": None, "b": "hot", "c": None}


def test_without_any_the_document_says_nothing_of_it() -> None:
    found = json.loads("\n".join(as_json.render(build_view(DependencyGraph((Driver("a"),))), View())))
    assert "pulls" not in found
    assert "when" not in found["drivers"]["a"]
