"""How a run stands, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.journal.wording import status_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.journal.status import Status


def render(status: Status, view: View) -> Iterator[str]:
    """Yield the lines."""
    del view
    return status_lines(status)


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("status", "text", render),)
