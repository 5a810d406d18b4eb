"""Large files whose drivers name tiers, wants and orders are read in bulk, and mean what they mean in small ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.test_compact import text_of
from tierdeps._util.frozen import replace
from tierdeps.graph import DependencyGraph
from tierdeps.graph.additions import add_dependencies
from tierdeps.importers import Source
from tierdeps.importers import json as json_files
from tierdeps.importers import jsonl as json_lines
from tierdeps.importers.graphfile import bulk_tiered, json_values
from tierdeps.model import Addition, Declarations, Dependency, Kind, Origin

NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f", "b:start", "c:autostart", "größe", "x y", "nowhere"])
LISTS = st.lists(NAMES, max_size=3)
TIERS = st.sampled_from(["core", "later", "last", "misspelt"])
TABLES = st.dictionaries(
    NAMES,
    st.fixed_dictionaries({}, optional={"requires": LISTS, "wants": LISTS, "after": LISTS, "tier": TIERS}),
    max_size=9,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "tiers": st.sampled_from(
            [
                {"order": ["core", "later", "last"]},
                {"order": ["last", "later"], "declare": [{"name": "core", "before": ["last"]}]},
            ]
        ),
        "facts": st.dictionaries(st.sampled_from(["hot", "wet"]), st.booleans()),
        "disable": st.sampled_from([[], ["a"]]),
    },
)
Table = dict[str, dict[str, object]]


def agree(bulk: Declarations | None, declared: Declarations) -> None:
    """Check that a graph of bulk drivers gives the answers of that of the same drivers declared one by one."""
    assert bulk is not None
    assert not isinstance(bulk.drivers, tuple)
    assert replace(bulk, drivers=()) == replace(declared, drivers=())
    graph, reference = DependencyGraph.of(bulk), DependencyGraph.of(declared)
    assert type(graph) is not type(reference)
    assert dict(graph.drivers) == dict(reference.drivers)
    assert [(str(edge.origin), edge) for edge in graph.edges] == [(str(edge.origin), edge) for edge in reference.edges]
    assert {"", *(one.package for one in graph.origins)} == {"", *(one.package for one in reference.origins)}
    for name in ("dependency_count", "edge_count", "repeated", "unknown_targets", "unresolved", "inversions", "facts"):
        assert getattr(graph, name) == getattr(reference, name), name
    for name in ("rank", "unknown", "is_any_named", "used", "named", "inverted"):
        assert getattr(graph.membership, name) == getattr(reference.membership, name), name
    assert text_of(graph) == text_of(reference)


@settings(deadline=None)
@given(HEADERS, TABLES)
def test_a_large_document_means_what_a_small_one_means(header: dict[str, object], tables: Table) -> None:
    data = json.dumps({**header, "drivers": tables}, ensure_ascii=False).encode()
    source = Source("g.json", Path("g.json"), data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_values, "MAX_LOCATED_CHARS", 0)  # the lines of keys are not known in a large document
        agree(bulk_tiered.document(source, min_chars=0), json_files.read(source))


@settings(deadline=None)
@given(HEADERS, TABLES.filter(bool), st.sampled_from([1, 100, 1 << 20]), st.sampled_from(["", "\n"]))
def test_many_lines_mean_what_few_mean(header: dict[str, object], tables: Table, part: int, end: str) -> None:
    rows = [header] * bool(header) + [{"name": name, **table} for name, table in tables.items()]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + end
    source = Source("g.jsonl", Path("g.jsonl"), text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk_tiered, "PART", part)
        agree(bulk_tiered.lines(source, min_bytes=0), json_lines.read(source))


@given(TABLES, NAMES, NAMES, st.sampled_from(Kind))
def test_a_dependency_can_be_added_to_a_driver(tables: Table, driver: str, target: str, kind: Kind) -> None:
    source = Source("g.json", Path("g.json"), json.dumps({"drivers": tables}, ensure_ascii=False).encode())
    found = bulk_tiered.document(source, min_chars=0)
    assert found is not None
    added = [Addition(driver, Dependency(kind, target, origin=Origin("tierdeps.toml", 1)))]
    graphs = (DependencyGraph.of(add_dependencies(each, added)) for each in (found, json_files.read(source)))
    one, other = (graph.edges for graph in graphs)
    assert one == other


@pytest.mark.parametrize(
    "text",
    [
        '{"tiers": {"order": ["x"]}, "drivers": {"a": {}, "a": {}}}',
        '{"drivers": {"a": {"wants": [], "wants": []}}}',
        '{"drivers": {"a": {"tier": "x", "tier": "x:y"}}}',
        '{"drivers": {"a": {"requires": ["b:c"], "requires": []}}}',
        '{"facts": {"a": true, "a": true}, "drivers": {}}',
        '{"facts": {"a": true}, "facts": {}, "drivers": {}}',
        '{"drivers": {}, "drivers": {}}',
        '{"drivers": {"a": {"phases": ["x"]}}}',
        '{"drivers": {"a": {"wants": [{"on": "b"}]}}}',
        '{"drivers": {"a": {"wants": [" "]}}}',
        '{"drivers": {"a": {"tier": " "}}}',
        '{"drivers": {" ": {}}}',
        '{"tiers": {"order": ["x", "x"]}, "drivers": {}}',
        '{"hosts": {"all": ["h"]}, "drivers": {}}',
        '{"tier": {}, "drivers": {}}',
        '{"drivers": {"\\u0061": {}}}',
        "[]",
        "{",
    ],
)
def test_a_document_that_says_more_or_is_wrong_is_read_the_other_way(text: str) -> None:
    assert bulk_tiered.document(Source("g.json", None, text.encode()), min_chars=0) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"tiers": {"order": ["x"]}}',
        '{"name": "a"}\n{"name": "a"}',
        '{"name": "a"}\n\n{"name": "b"}',
        '{"name": "a"}\n{"tiers": {"order": ["x"]}}',
        '{"facts": {"x": true}}\n{"tiers": {"order": ["x"]}}\n{"name": "a"}',
        '{"name": "a", "name": "b"}',
        '{"name": "a", "tier": "x", "tier": "x"}',
        '{"name": "a:b", "wants": [], "wants": []}',
        '{"name": "a", "phases": ["x"]}',
        '{"name": "\\u0061"}\n',
        '{"facts": {"x": true, "x": true}}\n{"name": "a"}',
        '{"hosts": {"all": ["h"]}}\n{"name": "a"}',
        '{"name": " "}',
        "[]",
        '{"name": "a"',
    ],
)
def test_lines_that_say_more_or_are_wrong_are_read_the_other_way(text: str) -> None:
    assert bulk_tiered.lines(Source("g.jsonl", None, text.encode()), min_bytes=0) is None
