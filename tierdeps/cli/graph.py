"""Draw the graph with every dependency in it, conditional ones too; cycles and inversions stand out."""

from __future__ import annotations

import click

from tierdeps.cli._options import format_option, graph_options, session_options
from tierdeps.cli._session import GraphRequest, Session


@click.command("graph")
@graph_options
@format_option("text", "dot", "mermaid", "json")
@session_options
def command(session: Session, graph_request: GraphRequest, format_name: str) -> None:
    """Draw the graph with every dependency in it, conditional ones too; cycles and inversions stand out."""
    from tierdeps.graph.view import build_view

    graph = session.graph_with_all_facts(graph_request)
    session.warn_of_unused(graph_request.statements, graph.mentioned_facts)
    session.print("graph", format_name, build_view(graph))
