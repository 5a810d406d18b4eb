"""The data of pages is what the schema says, and says what the graph does."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.page.documents import GRAPHS, checked, drawn, hostile, ladder, load, start, tangle
from tests.test_schemas import closed
from tierdeps import DependencyGraph, Driver, GraphError, Tier, requires
from tierdeps._util.frozen import replace
from tierdeps.analysis.diff import compare, take_snapshot
from tierdeps.analysis.timeline import compare as compare_starts
from tierdeps.graph.view import build_view
from tierdeps.page import comparison_document, difference_document, graph_document, order_document, run_document
from tierdeps.page.graph import contents_of

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = json.loads((files("tierdeps.schemas") / "page.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(closed(SCHEMA))


def valid(document: dict[str, Any]) -> dict[str, Any]:
    VALIDATOR.validate(document)
    for edge in document["edges"]:
        assert {edge["from"], edge["to"]} <= set(range(len(document["drivers"])))
    assert all(driver["tier"] < len(document["tiers"]) for driver in document["drivers"])
    return document


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert not VALIDATOR.is_valid({"schema": "tierdeps/page/2"})


@pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.name)
def test_the_data_of_every_graph_is_as_the_schema_says(path: Path) -> None:
    graph = load(path)
    whole = graph.with_all_facts()
    assert set(whole.active.drivers) <= {driver["name"] for driver in valid(checked(whole))["drivers"]}
    valid(graph_document(build_view(whole.active)))
    try:
        plan = graph.collapse()
    except GraphError:
        return
    order = valid(order_document(graph, plan))
    tiers = {driver["name"]: order["tiers"][driver["tier"]]["name"] for driver in order["drivers"]}
    assert {driver.name: tiers[driver.name] for driver in plan} == {driver.name: driver.tier for driver in plan}
    assert order["facts"] == {name: plan.facts.get(name, True) for name in order["facts"]}


@pytest.mark.parametrize("graph", [hostile(), tangle()], ids=["hostile", "tangle"])
def test_the_data_of_hostile_and_tangled_graphs_is_as_the_schema_says(graph: DependencyGraph) -> None:
    assert len(valid(checked(graph))["drivers"]) == len(graph.drivers)


def test_a_finding_names_the_cycle_its_component_and_the_cut() -> None:
    document = checked(tangle())
    (cycle,) = [finding["cycle"] for finding in document["findings"] if "cycle" in finding]
    assert len(cycle["members"]) == 40
    path = [document["edges"][number] for number in cycle["path"]]
    assert [edge["to"] for edge in path] == [edge["from"] for edge in (*path[1:], path[0])]
    assert set(cycle["path"]) | set(cycle["cut"]) <= set(cycle["component"])


def test_a_fix_has_the_graph_as_it_is_afterwards() -> None:
    graph = DependencyGraph(
        (
            Driver("a", tier="early", dependencies=(requires("b"),)),
            Driver("b", tier="late"),
            Driver("c", tier="early", dependencies=(requires("a"),)),
        ),
        (Tier("early"), Tier("late", after=("early",))),
    )
    (finding,) = checked(graph)["findings"]
    after = [fix["after"] for fix in finding["fixes"] if "after" in fix]
    assert {"gone": [], "come": [], "moved": {"1": "early"}} in after
    assert {"gone": [0], "come": [], "moved": {}} in after


def test_a_fix_of_several_declarations_lists_them() -> None:
    document = valid(checked(tangle()))
    (finding,) = [finding for finding in document["findings"] if "cycle" in finding]
    (fix,) = [fix for fix in finding["fixes"] if fix["summary"].endswith(":")]
    assert len(fix["parts"]) == len(finding["cycle"]["cut"])
    assert all({"text", "origin"} <= part.keys() for part in fix["parts"])


def test_a_target_that_is_not_resolved_is_a_driver_of_its_own() -> None:
    document = valid(drawn([Driver("a", dependencies=(requires("nowhere"),))]))
    assert document["drivers"][1] == {"name": "nowhere (missing)", "tier": 1, "state": "missing"}
    assert (document["edges"][0]["from"], document["edges"][0]["to"]) == (0, 1)


def test_of_a_large_graph_the_first_drivers_are_there_and_the_rest_is_counted() -> None:
    drivers, tiers = ladder(100)
    view = build_view(DependencyGraph(tuple(drivers), tuple(tiers)))
    document = valid(graph_document(view, most=70))
    assert [driver["name"] for driver in document["drivers"]] == [driver.name for driver in drivers[:70]]
    assert document["omitted"]["drivers"] == 30
    assert len(document["edges"]) + document["omitted"]["edges"] == len(view.edges)


def test_a_driver_of_a_finding_is_never_omitted() -> None:
    drivers, tiers = ladder(100)
    view = build_view(DependencyGraph(tuple(drivers), tuple(tiers)))
    assert "driver-00099" in contents_of(view, "check", "", kept=["driver-00099"], most=10).drivers


def test_a_difference_has_both_graphs() -> None:
    old = DependencyGraph((Driver("a"), Driver("b", dependencies=(requires("a"),)), Driver("gone")))
    new = DependencyGraph((Driver("a", dependencies=(requires("new"),)), Driver("b"), Driver("new")))
    document = valid(difference_document(compare(take_snapshot("old", old), take_snapshot("new", new))))
    changes = {driver["name"]: driver.get("change") for driver in document["drivers"]}
    assert changes == {"a": "moved", "b": "moved", "new": "added", "gone": "removed"}
    edges = {(edge["from"], edge["to"]): edge.get("change") for edge in document["edges"]}
    assert sorted(map(str, edges.values())) == ["added", "removed"]


@pytest.mark.parametrize("path", GRAPHS[::4], ids=lambda path: path.name)
def test_the_data_of_differences_is_as_the_schema_says(path: Path) -> None:
    old, new = take_snapshot("old", load(path)), take_snapshot("new", load(GRAPHS[9]))
    valid(difference_document(compare(old, new)))
    valid(difference_document(compare(new, old)))


def test_the_data_of_a_start_has_its_bars_and_what_they_waited_for() -> None:
    document = valid(run_document(start()))
    (run,) = document["runs"]
    names = [driver["name"] for driver in document["drivers"]]
    assert [(names[bar["driver"]], bar["why"], bar.get("before")) for bar in run["bars"]] == [
        ("net", "run", None),
        ("disk", "run", None),
        ("net", "retry", 0),
        ("shop", "need", 1),
    ]
    assert [bar.get("critical", False) for bar in run["bars"]] == [False, True, False, True]
    assert [(names[edge["from"]], names[edge["to"]]) for edge in document["edges"]] == [("shop", "disk")]


def test_the_data_of_two_starts_has_both() -> None:
    document = valid(comparison_document(compare_starts(start(2.0), start())))
    assert [run["seconds"] for run in document["runs"]] == [1.5, 2.5]


def test_an_edge_of_a_quorum_says_how_many_are_needed_and_a_driver_its_host() -> None:
    document = valid(checked(load(next(path for path in GRAPHS if path.name == "fleet-libvirt.toml"))))
    drivers = {driver["name"]: driver for driver in document["drivers"]}
    assert (drivers["mgr"]["host"], drivers["osd@kvm2"]["host"]) == ("kvm1", "kvm2")
    numbers = [driver["name"] for driver in document["drivers"]]
    quorums = {numbers[edge["to"]]: edge["quorum"] for edge in document["edges"] if numbers[edge["from"]] == "mgr"}
    assert quorums == {f"mon@kvm{number}": "at least 2 of mon@*" for number in (1, 2, 3)}
    assert {edge.get("atleast") for edge in document["edges"] if numbers[edge["from"]] == "mgr"} == {2}
    assert not {"quorum", "atleast"} & checked(tangle())["edges"][0].keys()


def test_the_data_of_a_start_has_the_hosts_of_its_drivers() -> None:
    timeline = start()
    row = timeline.bands[1].rows[0]._replace(host="kvm1")
    moved = replace(timeline, bands=(timeline.bands[0], timeline.bands[1]._replace(rows=(row,))))
    for document in (run_document(moved), comparison_document(compare_starts(timeline, moved))):
        assert [driver.get("host") for driver in valid(document)["drivers"]] == [None, None, "kvm1"]


def test_a_driver_that_is_on_another_host_has_moved() -> None:
    old, new = (DependencyGraph((Driver("a", host=host),)) for host in ("one", "two"))
    document = valid(difference_document(compare(take_snapshot("old", old), take_snapshot("new", new))))
    (driver,) = document["drivers"]
    assert (driver["host"], driver["change"], driver["was"]) == ("two", "moved", "default, stage 1, on one")
