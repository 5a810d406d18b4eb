"""Every JSON document of every graph file is what its schema says, and the schema leaves nothing out."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tierdeps import DependencyGraph, GraphError
from tierdeps.analysis.diff import compare, take_snapshot
from tierdeps.analysis.why import explain_placement, explain_plan, explain_route
from tierdeps.formats.check.json import document as check_document
from tierdeps.formats.diff.json import document as diff_document
from tierdeps.formats.explanation import document as explanation_document
from tierdeps.formats.order import document as order_document
from tierdeps.formats.statistics import document as statistics_document
from tierdeps.formats.why import document as why_document
from tierdeps.importers import Source
from tierdeps.lock import Lock, dump
from tierdeps.manager import Manager
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import check_graph
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

GRAPHS = sorted((Path(__file__).parent.parent / "graphs").glob("*.toml"))
NAMES = (
    *("order", "check", "check-each", "why", "explanation", "diff", "lock", "status", "instances", "timeline"),
    *("left", "statistics", "blame", "timeline-comparison"),
)
ALL_NAMES = sorted(
    item.name.removesuffix(".json")
    for item in files("tierdeps.schemas").iterdir()
    if item.name.endswith(".json") and item.name != "catalog.json"
)
MANAGER = Manager(Settings(), path=[])


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((files("tierdeps.schemas") / f"{name}.json").read_text(encoding="utf-8"))
    return found


def closed(value: Any) -> Any:
    """Forbid whatever a schema does not name: for readers it is open, so that documents can grow."""
    if isinstance(value, list):
        return [closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: closed(item) for key, item in value.items()}
    return {**found, "additionalProperties": False} if "properties" in found and "required" in found else found


VALIDATORS = {name: Draft202012Validator(closed(schema(name))) for name in NAMES}


def load(path: Path) -> DependencyGraph:
    source = Source(path.name, path, path.read_bytes())
    importer = next(importer for importer in MANAGER.importers() if importer.recognises(source))
    return DependencyGraph.of(importer.read(source))


@pytest.mark.parametrize("name", ALL_NAMES)
def test_every_property_is_described_in_a_sentence(name: str) -> None:
    def undescribed(part: Any, path: str) -> Iterator[str]:
        for key, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
            if path.endswith("/properties") and not str(value.get("description", "")).endswith("."):
                yield f"{path}/{key}"
            yield from undescribed(value, f"{path}/{key}")

    assert list(undescribed(schema(name), "")) == []


@pytest.mark.parametrize("name", NAMES)
def test_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.name)
def test_documents_are_as_their_schemas_say(path: Path) -> None:
    graph = load(path)
    report = check_graph(RuleContext(graph.with_all_facts()), tuple(MANAGER.rules()))
    VALIDATORS["check"].validate(check_document(report))
    VALIDATORS["statistics"].validate(statistics_document(report))
    names = sorted(graph.drivers)
    for name in names:
        VALIDATORS["why"].validate(why_document(explain_placement(graph, name)))
    for name in names[1:]:
        VALIDATORS["why"].validate(why_document(explain_route(graph, names[0], name)))
    try:
        plan = graph.collapse()
    except GraphError:
        return
    VALIDATORS["order"].validate(order_document(plan))
    VALIDATORS["lock"].validate(json.loads(dump(Lock.of(graph))))
    VALIDATORS["explanation"].validate(explanation_document(explain_plan(graph, plan)))


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.name)
def test_differences_are_as_the_schema_says(path: Path) -> None:
    graph, other = load(path), load(path.with_name("libvirt-1.2.1-tiered.toml"))
    old, new = take_snapshot("old", graph), take_snapshot("new", other)
    for one, another in ((old, new), (new, old), (old, old)):
        VALIDATORS["diff"].validate(diff_document(compare(one, another)))


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_refuses_another_document(name: str) -> None:
    assert not VALIDATORS[name].is_valid({"schema": f"tierdeps/{name}/2"})
    assert not VALIDATORS[name].is_valid({"schema": f"tierdeps/{name}/1"})
