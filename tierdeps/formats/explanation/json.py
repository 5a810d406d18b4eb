"""The load order with what puts each driver there, as JSON: ``tierdeps/explanation/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import edge_document, lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps.analysis.why import Explanation
    from tierdeps.model import Edge
    from tierdeps.words.documents import Json


def document(explanation: Explanation) -> Json:
    """Return the whole document."""
    plan = explanation.plan

    def because(links: Mapping[str, Edge], name: str) -> Json:
        return edge_document(links[name]) if name in links else None

    return {
        "schema": "tierdeps/explanation/1",
        "digest": plan.digest,
        "facts": dict(plan.facts),
        "drivers": {
            driver.name: {
                "tier": driver.tier,
                "tier_because": because(explanation.to_tier, driver.name),
                "stage": driver.stage,
                "stage_because": because(explanation.to_stage, driver.name),
                "shared_with": [*sorted(explanation.companions.get(driver.name, frozenset()) - {driver.name})],
            }
            for driver in plan
        },
    }


def render(explanation: Explanation, _view: View) -> Iterator[str]:
    """Yield its lines."""
    return lines(document(explanation))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("explanation", "json", render),)
