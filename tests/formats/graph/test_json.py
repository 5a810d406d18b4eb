"""A picture as JSON, validated against its schema."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
from hypothesis import given
from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, Tier, conflicts, requires, wants
from tierdeps.formats import View
from tierdeps.formats.graph.json import render
from tierdeps.graph.view import build_view

SCHEMA = json.loads(files("tierdeps.schemas").joinpath("graph.json").read_text())
TIERS = (Tier("core"), Tier("hypervisor", after=("core",)))


def document(*drivers: Driver, disabled: tuple[str, ...] = ()) -> Any:
    graph = DependencyGraph(drivers, TIERS, disabled=disabled).with_all_facts()
    text = "\n".join(render(build_view(graph), View()))
    assert text.isascii()
    found = json.loads(text)
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    return found


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_says_all_of_an_ordered_graph() -> None:
    found = document(
        Driver("a", phases=("initialize", "autostart"), provides=("lookup",), description="first"),
        Driver("b", tier="hypervisor", dependencies=(requires("lookup:initialize", when="f", reason="why"),)),
        disabled=("a",),
    )
    assert found["schema"] == "tierdeps/graph/1"
    assert found["ordered"] is True
    assert found["tiers"] == [
        {"name": "core", "drivers": ["a"], "stages": [["a"]]},
        {"name": "hypervisor", "drivers": ["b"], "stages": [["b"]]},
    ]
    assert {key: found["drivers"]["a"][key] for key in ("tier", "phases", "provides", "description", "disabled")} == {
        "tier": "core",
        "phases": ["initialize", "autostart"],
        "provides": ["lookup"],
        "description": "first",
        "disabled": True,
    }
    (edge,) = found["edges"]
    assert edge.pop("origin")["file"].endswith("graph/test_json.py")
    assert edge == {
        "from": "b",
        "to": "a",
        "from_phase": "start",
        "to_phase": "initialize",
        "kind": "requires",
        "when": "f",
        "reason": "why",
        "via": "lookup",
        "label": "start -> initialize",
        "in_cycle": False,
        "inversion": False,
    }


def test_says_what_is_wrong() -> None:
    found = document(
        Driver("a", dependencies=(requires("b"), conflicts("b"), requires("ghost", reason="why"))),
        Driver("b", dependencies=(wants("a"),)),
    )
    assert found["ordered"] is False
    assert found["tiers"] == [{"name": "core", "drivers": ["a", "b"], "stages": None}]
    assert [edge["in_cycle"] for edge in found["edges"]] == [True, True]
    assert [(edge["from"], edge["to"]) for edge in found["conflicts"]] == [("a", "b")]
    (loose,) = found["unresolved"]
    assert (loose["from"], loose["target"], loose["problem"], loose["reason"]) == ("a", "ghost", "missing", "why")


def test_marks_what_is_optional_and_nothing_else() -> None:
    found = document(
        Driver("a", dependencies=(requires("b", optional=True), requires("c"), wants("b:x", optional=True))),
        Driver("b"),
        Driver("c"),
    )
    assert [edge.get("optional") for edge in found["edges"]] == [True, None]
    assert [loose.get("optional") for loose in found["unresolved"]] == [True]


def test_marks_what_must_not_be_skipped_and_nothing_else() -> None:
    found = document(
        Driver("a", dependencies=(requires("b", skipped="block"), requires("c"), requires("x", skipped="block"))),
        Driver("b"),
        Driver("c"),
    )
    assert [edge.get("skipped") for edge in found["edges"]] == ["block", None]
    assert [loose.get("skipped") for loose in found["unresolved"]] == ["block"]


def test_marks_couplings_and_nothing_else() -> None:
    coupled = requires("b", failed="pass", on_restart="restart", on_loss="stop")
    found = document(Driver("a", dependencies=(coupled, requires("c"))), Driver("b"), Driver("c"))
    marked, plain = found["edges"]
    assert {key: marked[key] for key in marked.keys() - plain.keys()} == coupled.coupling.terms


NAMES = st.text(min_size=1, max_size=3).filter(str.strip)


@given(st.dictionaries(NAMES, st.sets(NAMES, max_size=3), max_size=4))
def test_any_names_give_a_document_of_the_schema(needs: dict[str, set[str]]) -> None:
    drivers = [Driver(name, dependencies=tuple(map(requires, sorted(others)))) for name, others in needs.items()]
    assert set(document(*drivers)["drivers"]) == set(needs)
