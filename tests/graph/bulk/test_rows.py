"""The order of very many drivers is printed without making each of them."""

from __future__ import annotations

from tierdeps import DependencyGraph
from tierdeps.formats import View
from tierdeps.formats.order import render_text
from tierdeps.graph.bulk.drivers import BulkDrivers
from tierdeps.model import Declarations, Origin


def test_no_origin_is_made_but_one_that_says_where_all_come_from() -> None:
    made: list[str] = []

    def origin(_index: int, name: str) -> Origin:
        made.append(name)
        return Origin("packages.jsonl")

    drivers = BulkDrivers.of({"a": ["b"], "b": ["c"], "c": []}, origin)
    plan = DependencyGraph.of(Declarations(drivers, disabled=frozenset({"b"}))).collapse()
    assert list(render_text(plan, View())) == [
        "1 tier, 3 drivers from packages.jsonl",
        "",
        "default",
        "  1  c",
        "  2  b  (disabled)",
        "  3  a",
    ]
    assert made == ["a"]
