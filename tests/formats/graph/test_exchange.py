"""GraphML and node-link JSON, as networkx reads them again, whatever the names."""

from __future__ import annotations

import io
import json
from typing import Any

import networkx as nx

from tests.page.documents import HOSTILE, hostile
from tierdeps import DependencyGraph, Driver, requires, wants
from tierdeps._util.text import printable
from tierdeps.formats import View
from tierdeps.formats.graph.exchange import render_graphml, render_nodelink
from tierdeps.graph.view import build_view


def graphml(graph: DependencyGraph) -> Any:
    text = "\n".join(render_graphml(build_view(graph), View()))
    assert text.isascii()
    return nx.read_graphml(io.BytesIO(text.encode("ascii")), force_multigraph=True)


def nodelink(graph: DependencyGraph) -> Any:
    return nx.node_link_graph(json.loads("\n".join(render_nodelink(build_view(graph), View()))), edges="edges")


def test_both_have_the_drivers_and_each_dependency() -> None:
    drivers = (Driver("a"), Driver("b", dependencies=(requires("a", reason="disks"), wants("a"))))
    for read in (graphml, nodelink):
        found = read(DependencyGraph(drivers))
        labels = nx.get_node_attributes(found, "label")
        assert sorted(labels.values()) == ["a", "b"]
        assert nx.get_node_attributes(found, "stage") == {node: 1 if labels[node] == "a" else 2 for node in found}
        edges = [
            (labels[one], labels[other], data["kind"], data["reason"]) for one, other, data in found.edges(data=True)
        ]
        assert sorted(edges) == [("b", "a", "requires", "disks"), ("b", "a", "wants", "")]


def test_hostile_names_stay_apart() -> None:
    graph = hostile()
    assert set(nx.get_node_attributes(graphml(graph), "label").values()) == set(map(printable, HOSTILE))
    assert set(nx.get_node_attributes(nodelink(graph), "label").values()) == set(HOSTILE)


def test_both_have_hosts_and_quorums() -> None:
    quorum = requires("mon@*", atleast=1)
    drivers = (Driver("mon@h1", host="h1"), Driver("mon@h2", host="h2"), Driver("api", dependencies=(quorum,)))
    for read in (graphml, nodelink):
        found = read(DependencyGraph(drivers))
        labels = nx.get_node_attributes(found, "label")
        hosts = {labels[node]: host for node, host in nx.get_node_attributes(found, "host").items()}
        assert hosts == {"mon@h1": "h1", "mon@h2": "h2"}
        assert [data["atleast"] for *_, data in found.edges(data=True)] == [1, 1]
