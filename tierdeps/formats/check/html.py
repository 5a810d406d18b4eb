"""A report as a page for browsers: the graph, its findings, and the graph as it would be after each fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import CheckReport


def render(report: CheckReport, view: View) -> Iterator[str]:
    """Yield the lines of the page. Raises InputError for a report without its graph."""
    from tierdeps.page import check_document, page_lines

    if view.graph is None:
        raise InputError("the format html", "it shows a graph, and the report has none")
    return page_lines(check_document(view.graph, report))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("check", "html", render),)
