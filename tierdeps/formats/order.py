"""The load order, tier by tier and stage by stage: ``tierdeps order``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import InputError
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines, origin_document
from tierdeps.words.order import plan_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Plan
    from tierdeps.words.documents import Json


def render_text(plan: Plan, view: View) -> Iterator[str]:
    """Yield the plan's lines."""
    return plan_lines(plan, palette=view.palette)


def document(plan: Plan) -> Json:
    """Return the document as plain values."""
    return {
        "schema": "tierdeps/order/1",
        "digest": plan.digest,
        "facts": dict(plan.facts),
        "tiers": [{"name": tier.name, "stages": [list(stage) for stage in tier.stages]} for tier in plan.tiers],
        "drivers": {
            driver.name: {
                "tier": driver.tier,
                "stage": driver.stage,
                "phases": list(driver.phases),
                "origin": origin_document(driver.origin),
                **({"host": driver.host} if driver.host is not None else {}),
                **({"milestone": True} if plan.is_milestone(driver) else {}),
            }
            for driver in plan
        },
    }


def render_json(plan: Plan, _view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    return lines(document(plan))


def render_html(plan: Plan, view: View) -> Iterator[str]:
    """Yield the lines of a page for browsers. Raises InputError for a plan without its graph."""
    from tierdeps.page import order_document, page_lines

    if view.graph is None:
        raise InputError("the format html", "it shows a graph, and the plan has none")
    return page_lines(order_document(view.graph, plan))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (
        Format("order", "html", render_html),
        Format("order", "json", render_json),
        Format("order", "text", render_text, prose=True),
    )
