"""A graph as a page for browsers: one file, which loads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph.view import GraphView


def render(graph: GraphView, _view: View) -> Iterator[str]:
    """Yield the lines of the page."""
    from tierdeps.page import graph_document, page_lines

    return page_lines(graph_document(graph))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("graph", "html", render),)
