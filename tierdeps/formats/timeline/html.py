"""A run's start as a page for browsers: its chart, and the graph at each moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.timeline import Timeline


def render(timeline: Timeline, _view: View) -> Iterator[str]:
    """Yield the lines of the page."""
    from tierdeps.page import page_lines, run_document

    return page_lines(run_document(timeline))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("timeline", "html", render),)
