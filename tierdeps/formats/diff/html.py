"""The difference between two graphs as a page for browsers: both graphs in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.diff import Difference


def render(difference: Difference, _view: View) -> Iterator[str]:
    """Yield the lines of the page."""
    from tierdeps.page import difference_document, page_lines

    return page_lines(difference_document(difference))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("diff", "html", render),)
