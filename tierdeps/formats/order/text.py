"""The load order as text: a line for each driver, tier by tier, stage by stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.order import plan_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Plan


def render(plan: Plan, _view: View) -> Iterator[str]:
    """Yield the plan's lines."""
    return plan_lines(plan)


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("order", "text", render),)
