"""The load order as JSON: ``tierdeps/order/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines, origin_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Plan
    from tierdeps.words.documents import Json


def document(plan: Plan) -> Json:
    """Return the whole document."""
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
            }
            for driver in plan
        },
    }


def render(plan: Plan, _view: View) -> Iterator[str]:
    """Yield its lines."""
    return lines(document(plan))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("order", "json", render),)
