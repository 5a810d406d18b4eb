"""Why a driver is active: a shortest way to it from a target."""

from __future__ import annotations

import json

from tierdeps import DependencyGraph, Driver, after, pulls, requires, wanted_by
from tierdeps.analysis.why import explain_placement
from tierdeps.formats import View
from tierdeps.formats import why as formats

DRIVERS = (
    Driver("system", dependencies=(pulls("web", reason="people read"), requires("late"))),
    Driver("late", dependencies=(requires("later"),)),
    Driver("later", dependencies=(requires("db"),)),
    Driver("web", dependencies=(requires("db"), after("log"))),
    Driver("db"),
    Driver("log", dependencies=(wanted_by("db"),)),
)
GRAPH = DependencyGraph(DRIVERS, targets=("system",)).active


def text(name: str) -> list[str]:
    return [line for line in formats.render_text(explain_placement(GRAPH, name), View()) if "declared" not in line]


def test_the_chain_is_shown_with_its_reasons() -> None:
    lines = text("log")
    assert lines[2:6] == [
        "active, because of the target system",
        "  system pulls web",
        "      because people read",
        "  web requires db",
    ]
    assert lines[6] == "  db wants log"


def test_a_target_is_active_by_itself() -> None:
    assert "active: system is a target" in text("system")


def test_the_document_has_it_where_there_are_targets() -> None:
    found = json.loads("\n".join(formats.render_json(explain_placement(GRAPH, "web"), View())))["active"]
    assert (found["target"], [(edge["from"], edge["to"], edge["kind"]) for edge in found["because"]]) == (
        "system",
        [("system", "web", "pulls")],
    )
    everything = explain_placement(DependencyGraph(DRIVERS), "web")
    assert everything.activation is None
    assert "active" not in json.loads("\n".join(formats.render_json(everything, View())))
