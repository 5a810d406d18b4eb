"""Draw the graph with all its dependencies."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from tierdeps.cli._activity import activity_note
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._help import Command
from tierdeps.cli._options import format_option, graph_options, session_options
from tierdeps.cli._session import Session
from tierdeps.cli._targets import with_targets

if TYPE_CHECKING:
    from tierdeps.graph.view import GraphView

#: The formats of files by suffix.
SUFFIXES = {
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".json": "json",
    ".graphml": "graphml",
    ".html": "html",
    ".htm": "html",
    ".svg": "svg",
}


@click.command(
    "graph",
    cls=Command,
    examples=(
        ("tierdeps graph graph.toml", "Show the graph as text."),
        ("tierdeps graph --format tree", "Show what each driver needs as a tree."),
        ("tierdeps graph --format html graph.toml > graph.html", "Write a page to explore the graph in a browser."),
        ("tierdeps graph --focus storage --depth 1", "Draw a driver with its neighbours only."),
        (
            "tierdeps graph --output graph.svg graph.toml",
            "Draw the graph as a picture, with Graphviz if it is installed.",
        ),
    ),
)
@graph_options
@with_targets
@format_option("text", "tree", "dot", "mermaid", "json", "graphml", "nodelink", "html", "svg")
@click.option("--focus", metavar="NAME", help="Draw only this driver, what it needs and what depends on it.")
@click.option(
    "--depth",
    type=click.IntRange(min=0),
    metavar="N",
    help="With --focus: over at most N dependencies; the default is all of them.",
)
@click.option("--tier", "tiers", multiple=True, metavar="TIER", help="Draw only this tier; may be repeated.")
@click.option("--collapse", "collapse", multiple=True, metavar="TIER", help="Draw a tier as one node; may be repeated.")
@click.option(
    "--output",
    metavar="FILE",
    help="Write to FILE instead; without --format, the suffix .dot, .mmd, .json, .graphml, .html or .svg sets it;"
    " - prints.",
)
@session_options
def command(
    session: Session,
    graph_request: GraphRequest,
    format_name: str,
    focus: str | None,
    depth: int | None,
    tiers: tuple[str, ...],
    collapse: tuple[str, ...],
    output: str | None,
) -> None:
    """Draw the graph with all its dependencies.

    Conditional dependencies are included. Cycles and dependencies on a later tier are marked.
    """
    from tierdeps.cli.output.files import write_answer
    from tierdeps.graph.view import build_view

    if depth is not None and focus is None:
        raise click.UsageError("--depth says how far --focus reaches; name a driver with --focus")
    graph = session.graph_with_all_facts(graph_request)
    session.warn_of_unused(graph_request.statements, graph.mentioned_facts)
    session.info(activity_note(graph))
    if output is not None and _is_default("format_name"):
        format_name = SUFFIXES.get(PurePath(output).suffix.lower(), format_name)
    view = build_view(graph.active, with_cycles=format_name in {"dot", "svg"})
    subject = _part(view, focus, depth, tiers, collapse)
    if output is None or output == "-":
        session.print("graph", format_name, subject)
    else:
        write_answer(output, session.render("graph", format_name, subject, color=False))


def _is_default(parameter: str) -> bool:
    return click.get_current_context().get_parameter_source(parameter) is ParameterSource.DEFAULT


def _part(
    view: GraphView, focus: str | None, depth: int | None, tiers: tuple[str, ...], collapse: tuple[str, ...]
) -> GraphView:
    """Return the part that is drawn: first of tiers, then around a driver, then with tiers as one node."""
    from tierdeps.graph.part import around, collapsed, of_tiers

    if tiers:
        view = of_tiers(view, tiers)
    if focus is not None:
        view = around(view, focus, depth)
    return collapsed(view, collapse) if collapse else view
