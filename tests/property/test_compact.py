"""Names, declared drivers and files that say the same collapse into the same plan and are found wrong alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierdeps.analysis.why import explain_placement
from tierdeps.formats import View, order, why
from tierdeps.formats.check import json as json_check
from tierdeps.graph import DependencyGraph
from tierdeps.graph.errors import GraphError
from tierdeps.importers import Source
from tierdeps.importers import json as json_files
from tierdeps.importers import jsonl as json_lines
from tierdeps.importers.graphfile import bulk
from tierdeps.importers.graphfile.bulk_numpy import NumpyNameReader
from tierdeps.lock import Lock, dump
from tierdeps.manager import Manager
from tierdeps.model import Declarations, Dependency, Driver, Kind, Origin
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import check_graph
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.graph.bulk.drivers import BulkDrivers

RULES = Manager(Settings()).rules()
NAME = st.sampled_from(["a", "b", "c", "d", "e", "f", "b:start", "c:autostart", "größe", 'quo"te', "x y"])
TABLES = st.dictionaries(NAME, st.lists(NAME, max_size=4), max_size=9)


def declared(table: Mapping[str, list[str]]) -> DependencyGraph:
    def dependencies(targets: list[str]) -> tuple[Dependency, ...]:
        return tuple(Dependency(Kind.REQUIRES, target, origin=Origin()) for target in targets)

    return DependencyGraph(
        Driver(name, dependencies=dependencies(targets), origin=Origin()) for name, targets in table.items()
    )


def text_of(graph: DependencyGraph) -> str:
    """Return all that is said of a graph: the findings, and the order where there is one."""
    text = list(json_check.render(check_graph(RuleContext(graph), RULES), View()))
    try:
        plan = graph.collapse()
        text += (*order.render_json(plan, View()), *order.render_text(plan, View()), dump(Lock.of(graph)))
    except GraphError as error:
        text.append(str(error))
    places = (explain_placement(graph, name) for name in graph.drivers)
    return "\n".join((*text, *(line for place in places for line in why.render_json(place, View()))))


@settings(deadline=None)
@given(TABLES)
def test_names_are_reported_like_declared_drivers(table: dict[str, list[str]]) -> None:
    graph, plain = DependencyGraph.from_names(table), declared(table)
    assert type(graph) is not type(plain)
    assert graph.edges == plain.edges
    assert graph.edge_count == plain.edge_count
    assert graph.unresolved == plain.unresolved
    assert graph.dependency_count == plain.dependency_count
    assert dict(graph.drivers) == dict(plain.drivers)
    assert text_of(graph) == text_of(plain)


@settings(deadline=None)
@given(TABLES)
def test_the_order_of_names_makes_no_difference(table: dict[str, list[str]]) -> None:
    turned = {name: table[name][::-1] for name in reversed(table)}
    assert text_of(DependencyGraph.from_names(turned)) == text_of(DependencyGraph.from_names(table))


def graph_of(drivers: BulkDrivers | None) -> DependencyGraph:
    assert drivers is not None
    return DependencyGraph.of(Declarations(drivers))


@settings(deadline=None)
@given(TABLES)
def test_a_large_document_is_reported_like_a_small_one(table: dict[str, list[str]]) -> None:
    drivers = {name: {"requires": targets} for name, targets in table.items()}
    data = json.dumps({"drivers": drivers}, ensure_ascii=False).encode()
    source = Source("g.json", Path("g.json"), data)
    found = bulk.document(source, min_bytes=0)
    small = DependencyGraph.of(json_files.read(source))
    if b"\\" in data:
        assert found is None
    else:
        assert text_of(graph_of(found)) == text_of(stripped(small))


def stripped(graph: DependencyGraph) -> DependencyGraph:
    """Take the line numbers away, which large documents have not."""
    drivers = (
        Driver(
            driver.name,
            dependencies=tuple(
                Dependency(item.kind, item.target, origin=Origin(item.origin.file, None, item.origin.key))
                for item in driver.dependencies
            ),
            origin=Origin(driver.origin.file, None, driver.origin.key),
        )
        for driver in graph.drivers.values()
    )
    return DependencyGraph(drivers)


EVERY = {"plain": sys.maxsize, "numpy": 0}


@pytest.mark.parametrize("arrays", EVERY)
@settings(deadline=None)
@given(TABLES, st.booleans())
def test_many_lines_are_reported_like_few(arrays: str, table: dict[str, list[str]], ascii_only: bool) -> None:
    rows = [json.dumps({"name": name, "requires": targets}, ensure_ascii=ascii_only) for name, targets in table.items()]
    source = Source("g.jsonl", Path("g.jsonl"), "\n".join(rows).encode())
    drivers = bulk.lines(source, min_bytes=0, min_numpy_bytes=EVERY[arrays])
    assert text_of(graph_of(drivers)) == text_of(DependencyGraph.of(json_lines.read(source)))


WORDS = st.text(st.characters(codec="utf-8", min_codepoint=32), min_size=1, max_size=20)
GAP = st.sampled_from(["", " ", "\t"])


@st.composite
def any_lines(draw: st.DrawFn) -> str:
    """Draw lines of drivers, each written in a way of its own."""
    some = draw(st.lists(WORDS, min_size=1, max_size=12, unique=True))
    rows = []
    for name in some:
        gap, others = draw(GAP), draw(st.lists(st.sampled_from([*some, "elsewhere", "x" * 80]), max_size=4))
        pairs = [f'"name"{gap}:{gap}{json.dumps(name, ensure_ascii=False)}']
        silent = draw(st.booleans())
        if others or not silent:
            items = f",{gap}".join(json.dumps(other, ensure_ascii=False) for other in others)
            pairs.insert(draw(st.integers(0, 1)), f'"requires":{gap}[{gap}{items}]')
        rows.append(f"{gap}{{{gap}{f',{gap}'.join(pairs)}{gap}}}{gap}")
    return "\n".join(rows) + draw(st.sampled_from(["", "\n"]))


@settings(deadline=None)
@given(any_lines(), st.sampled_from([1, 40, 1 << 20]))
def test_numpy_finds_the_same_names(text: str, part: int) -> None:
    source = Source("g.jsonl", None, text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NumpyNameReader, "part", part)
        found, plain = (bulk.lines(source, 0, min_numpy_bytes) for min_numpy_bytes in (0, sys.maxsize))
    assert (found is None) == (plain is None)
    if found is not None and plain is not None:
        assert list(found) == list(plain)
        assert (found.names, found.absent, found.needs) == (plain.names, plain.absent, plain.needs)


@pytest.mark.parametrize(
    "line",
    [
        '{"name": "a", "tier": "x"}',
        '{"name": "a", "name": "b"}',
        '{"name": "a", "requires": [], "requires": []}',
        '{"name": "a"}\n{"name": "a"}',
        '{"name": "a"}\n\n{"name": "b"}',
        '{"name": "a", "requires": [{"on": "b"}]}',
        '{"name": " "}',
        '{"tiers": {"order": ["a"]}}',
        '{"name": "a"',
        "[]",
        '{"name": "\xff"}',
    ],
)
@pytest.mark.parametrize("arrays", EVERY)
def test_what_bulk_drivers_cannot_hold_is_read_the_other_way(line: str, arrays: str) -> None:
    source = Source("g.jsonl", None, line.encode("latin-1"))
    assert bulk.lines(source, min_bytes=0, min_numpy_bytes=EVERY[arrays]) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"drivers": {"a": {}, "a": {}}}',
        '{"drivers": {"a": {"requires": [], "requires": []}}}',
        '{"drivers": {}, "drivers": {}}',
        '{"drivers": {"a": {"tier": "x"}}}',
        '{"drivers": {" ": {}}}',
        '{"drivers": {}, "facts": {}}',
        '{"drivers": {"\\u0061": {}}}',
        "{",
    ],
)
def test_a_document_that_says_more_is_read_the_other_way(text: str) -> None:
    assert bulk.document(Source("g.json", None, text.encode()), min_bytes=0) is None


SCRIPT = """
import sys
if sys.argv[1] == "plain": sys.modules["numpy"] = None
from tierdeps.compact import select
select.MIN_NUMPY_EDGES = select.MIN_EDGES_IF_IMPORTED = 0
from tierdeps.graph import DependencyGraph
table = {f"d{number}": {f"d{number // 2}", f"d{number // 3}"} - {f"d{number}"} for number in range(500)}
plan = DependencyGraph.from_names(table).collapse()
from tierdeps.lock import Lock, dump
print(plan.digest, [tier.stages for tier in plan.tiers])
print(dump(Lock.of(DependencyGraph.from_names(table))))
"""


def test_neither_hash_seeds_nor_numpy_make_a_difference() -> None:
    found = set()
    for seed, arrays in (("1", "plain"), ("2", "plain"), ("1", "numpy"), ("2", "numpy")):
        command = [sys.executable, "-c", SCRIPT, arrays]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        found.add(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)
    assert len(found) == 1
