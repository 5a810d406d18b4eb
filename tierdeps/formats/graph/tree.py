"""A graph as trees: each driver that nobody needs, and below it what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.tree import Tree, branches, forest, tree_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph.view import GraphView


def render(graph: GraphView, view: View) -> Iterator[str]:
    """Yield the lines."""
    below = branches(edge.edge for edge in graph.edges)
    hosts = {node.name: node.driver.host for node in graph.nodes if node.driver.host is not None}
    return tree_lines(Tree(forest((node.name for node in graph.nodes), below), below, hosts=hosts), view.palette)


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("graph", "tree", render),)
