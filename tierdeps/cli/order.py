"""Show the start order: tiers, stages, drivers."""

from __future__ import annotations

import click

from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._locked import LockedCommand, locked_option, locked_plan
from tierdeps.cli._options import format_option, graph_options, session_options
from tierdeps.cli._session import Session
from tierdeps.cli._targets import with_targets


@click.command(
    "order",
    cls=LockedCommand,
    examples=(
        ("tierdeps order graph.toml", "Show the start order of a graph file."),
        ("tierdeps order --explain", "Show what puts each driver where it is."),
    ),
)
@graph_options
@with_targets
@format_option("text", "json", "html")
@click.option("--explain", is_flag=True, help="Also show what puts each driver into its tier and stage.")
@locked_option
@session_options
def command(
    session: Session,
    graph_request: GraphRequest,
    format_name: str,
    explain: bool,
    locked: str | None,
) -> None:
    """Show the start order: tiers, stages, drivers."""
    graph = session.graph(graph_request, locked=locked is not None)
    if locked is not None:
        graph, plan = locked_plan(session, graph, graph_request, locked)
    else:
        session.refuse_errors(graph)
        plan = graph.collapse()
    if explain:
        from tierdeps.analysis.why import explain_plan

        session.print("explanation", format_name, explain_plan(graph, plan))
    else:
        session.print("order", format_name, plan, graph=graph)
