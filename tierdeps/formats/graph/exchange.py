"""A graph for other programs, by networkx: GraphML and node-link JSON.

Nodes are numbered, since names may have characters that XML has not; the name is an attribute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import networkx as nx

    from tierdeps.graph.view import EdgeView, GraphView
    from tierdeps.words.documents import Json


def _network(graph: GraphView, text: Callable[[str], str]) -> nx.MultiDiGraph[str]:
    """Return the graph as networkx has it, each edge from the dependent to what it needs."""
    import networkx as nx

    found: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    stages = {name: at for tier in graph.tiers for at, stage in enumerate(tier.stages, 1) for name in stage}
    ids = {node.name: f"n{number}" for number, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        stage = {"stage": stages[node.name]} if node.name in stages else {}
        host = {"host": text(node.driver.host)} if node.driver.host is not None else {}
        origin = text(str(node.driver.origin)) if node.driver.origin is not None else ""
        found.add_node(
            ids[node.name],
            label=text(node.name),
            tier=text(node.tier),
            disabled=node.disabled,
            description=text(node.driver.description),
            origin=origin,
            **stage,
            **host,
        )
    for arrow in (*graph.edges, *graph.conflicts, *graph.pulls):
        found.add_edge(ids[arrow.dependent], ids[arrow.needed], **_attributes(arrow, text))
    return found


def _attributes(arrow: EdgeView, text: Callable[[str], str]) -> dict[str, str | bool | int]:
    edge = arrow.edge
    atleast = edge.coupling.atleast
    quorum: dict[str, str | bool | int] = {} if atleast is None else {"atleast": atleast}
    return quorum | {
        "kind": str(edge.kind),
        "from_phase": text(edge.dependent.phase),
        "to_phase": text(edge.needed.phase),
        "when": text(edge.when or ""),
        "reason": text(edge.reason),
        "origin": text(str(edge.origin)),
        "in_cycle": arrow.in_cycle,
        "inversion": arrow.inversion,
    }


def render_graphml(graph: GraphView, _view: View) -> Iterator[str]:
    """Yield the lines of the document; characters that XML has not are written as escapes."""
    from networkx.readwrite.graphml import GraphMLWriter

    writer = GraphMLWriter(encoding="us-ascii", prettyprint=True)
    writer.add_graph_element(_network(graph, printable))
    yield from str(writer).splitlines()


def render_nodelink(graph: GraphView, _view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    from networkx.readwrite import node_link_data

    document: Json = node_link_data(_network(graph, str), edges="edges")
    yield from lines(document)


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this file."""
    return (Format("graph", "graphml", render_graphml), Format("graph", "nodelink", render_nodelink))
