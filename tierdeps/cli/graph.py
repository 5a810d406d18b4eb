"""Draw the graph with all its dependencies."""

from __future__ import annotations

import click

from tierdeps.cli._activity import activity_note
from tierdeps.cli._help import Command
from tierdeps.cli._options import format_option, graph_options, session_options
from tierdeps.cli._session import GraphRequest, Session
from tierdeps.cli._targets import with_targets


@click.command(
    "graph",
    cls=Command,
    examples=(
        ("tierdeps graph graph.toml", "Show the graph as text."),
        ("tierdeps graph --format tree", "Show what each driver needs as a tree."),
        ("tierdeps graph --format html graph.toml > graph.html", "Write a page to explore the graph in a browser."),
        ("tierdeps graph --format dot graph.toml | dot -Tsvg > graph.svg", "Draw the graph with Graphviz."),
    ),
)
@graph_options
@with_targets
@format_option("text", "tree", "dot", "mermaid", "json", "html")
@session_options
def command(session: Session, graph_request: GraphRequest, format_name: str) -> None:
    """Draw the graph with all its dependencies.

    Conditional dependencies are included. Cycles and dependencies on a later tier are marked.
    """
    from tierdeps.graph.view import build_view

    graph = session.graph_with_all_facts(graph_request)
    session.warn_of_unused(graph_request.statements, graph.mentioned_facts)
    session.info(activity_note(graph))
    session.print("graph", format_name, build_view(graph.active))
