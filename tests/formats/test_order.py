"""The load order, as JSON and as text."""

from __future__ import annotations

import json

import pytest

from tierdeps import DependencyGraph, Driver, Tier, requires
from tierdeps.formats import View
from tierdeps.formats.order import render_json, render_text
from tierdeps.graph.bulk.drivers import BulkDrivers
from tierdeps.model import Declarations, Origin, Plan
from tierdeps.words.order import SAMPLE

ACME = Origin("acme/clock.py", 41, distribution="acme-clock", version="1.2")
TIERS = (Tier("core"), Tier("later", after=("core",)))


def plan(line: int) -> Plan:
    phases = ("one", "two")
    need = requires("secret", when="f")
    drivers = (
        Driver("storage", "core", phases, (need,), origin=Origin("site.toml", line, "drivers.storage")),
        Driver("secret", "core", origin=Origin()),
    )
    return DependencyGraph(drivers, (Tier("core"),), facts={"f": True}).collapse()


def document(line: int = 7) -> dict[str, object]:
    found: dict[str, object] = json.loads("\n".join(render_json(plan(line), View())))
    return found


def test_has_tiers_stages_and_drivers_with_their_origins() -> None:
    found = document()
    assert found["schema"] == "tierdeps/order/1"
    assert found["facts"] == {"f": True}
    assert found["tiers"] == [{"name": "core", "stages": [["secret"], ["storage"]]}]
    assert found["drivers"] == {
        "secret": {
            "tier": "core",
            "stage": 1,
            "phases": ["start"],
            "origin": {"distribution": None, "version": None, "file": None, "line": None, "key": None},
        },
        "storage": {
            "tier": "core",
            "stage": 2,
            "phases": ["one", "two"],
            "origin": {
                "distribution": None,
                "version": None,
                "file": "site.toml",
                "line": 7,
                "key": "drivers.storage",
            },
        },
    }


def test_the_digest_does_not_depend_on_origins() -> None:
    assert document(7)["digest"] == document(8)["digest"]
    assert document(7) != document(8)


def test_lists_drivers_under_their_tiers_with_who_brings_them() -> None:
    drivers = (Driver("clock", "core", origin=ACME), Driver("audio", "later", origin=Origin("site.toml", 3)))
    assert list(render_text(DependencyGraph(drivers, TIERS).collapse(), View())) == [
        "2 tiers, 2 drivers",
        "",
        "core",
        "  1  clock  acme-clock 1.2",
        "",
        "later",
        "  1  audio  site.toml",
    ]


def test_an_origin_that_most_drivers_share_is_named_once() -> None:
    names = ("clock", "dial", "hand")
    drivers = [Driver(name, "core", origin=ACME) for name in names]
    assert list(render_text(DependencyGraph(drivers, TIERS).collapse(), View())) == [
        "1 tier, 3 drivers from acme-clock 1.2",
        "",
        "core",
        *(f"  1  {name}" for name in names),
    ]
    other = Driver("audio-out", "later", origin=Origin("site.toml", 3))
    assert list(render_text(DependencyGraph([*drivers, other], TIERS).collapse(), View())) == [
        "2 tiers, 4 drivers from acme-clock 1.2 unless noted",
        "",
        "core",
        *(f"  1  {name}" for name in names),
        "",
        "later",
        "  1  audio-out  site.toml",
    ]


def test_of_many_drivers_not_all_are_made_to_find_their_origin() -> None:
    drivers = [Driver(f"d{number:03}", origin=ACME) for number in range(SAMPLE)]
    other = Driver("z", origin=Origin("site.toml", 3))
    head, *_, last = render_text(DependencyGraph([*drivers, other]).collapse(), View())
    assert head == f"1 tier, {SAMPLE + 1} drivers from acme-clock 1.2 unless noted"
    assert last == "  1  z     site.toml"


def test_says_which_facts_were_assumed_and_who_is_disabled() -> None:
    needs = (requires("b", when="f"), requires("c", when="g"))
    nowhere = Origin()
    drivers = [
        Driver("a", dependencies=needs, origin=nowhere),
        Driver("b", origin=nowhere),
        Driver("c", origin=nowhere),
    ]
    plan = DependencyGraph(drivers, facts={"f": True}, disabled=["b"]).collapse()
    assert list(render_text(plan, View())) == [
        "1 tier, 3 drivers",
        "facts: f yes, g no",
        "",
        "default",
        "  1  b  (disabled)",
        "  1  c",
        "  2  a",
    ]


def test_an_empty_plan_is_no_failure() -> None:
    assert list(render_text(DependencyGraph([]).collapse(), View())) == ["0 tiers, 0 drivers"]


@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("a", "b\u200b", "c")])
@pytest.mark.parametrize("file", ["", "graph.json"])
@pytest.mark.parametrize("disabled", [(), ("a",)])
def test_drivers_kept_as_names_are_listed_like_those_declared_one_by_one(
    names: tuple[str, ...], file: str, disabled: tuple[str, ...]
) -> None:
    bulk = BulkDrivers.of(
        {name: names[:place] for place, name in enumerate(names)}, lambda _, name: Origin(file, key=name)
    )
    graph = DependencyGraph.of(Declarations(bulk, disabled=frozenset(disabled)))
    declared = DependencyGraph(tuple(bulk), disabled=disabled)
    assert list(render_text(graph.collapse(), View())) == list(render_text(declared.collapse(), View()))
