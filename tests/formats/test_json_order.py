"""The load order as JSON."""

from __future__ import annotations

import json

from tierdeps import DependencyGraph, Driver, Tier, requires
from tierdeps.formats import View
from tierdeps.formats.order import render_json as render
from tierdeps.model import Origin, Plan


def plan(line: int) -> Plan:
    phases = ("one", "two")
    need = requires("secret", when="f")
    drivers = (
        Driver("storage", "core", phases, (need,), origin=Origin("site.toml", line, "drivers.storage")),
        Driver("secret", "core", origin=Origin()),
    )
    return DependencyGraph(drivers, (Tier("core"),), facts={"f": True}).collapse()


def document(line: int = 7) -> dict[str, object]:
    found: dict[str, object] = json.loads("\n".join(render(plan(line), View())))
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


def test_the_digest_does_not_hang_on_origins() -> None:
    assert document(7)["digest"] == document(8)["digest"]
    assert document(7) != document(8)
