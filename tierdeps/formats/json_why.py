"""Why drivers are where they are, as JSON: ``tierdeps/why/1``, and ``tierdeps/explanation/1`` for a whole order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.why import Place, Route
from tierdeps.words.documents import edge_document, lines, origin_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.model import Edge
    from tierdeps.why import Chain, Explanation
    from tierdeps.words.documents import Json


def document(answer: Place | Route) -> Json:
    """Return the whole document: ``driver`` is there for one driver, ``from`` and ``to`` for two."""
    told = _place(answer) if isinstance(answer, Place) else _route(answer)
    return {"schema": "tierdeps/why/1", "facts": dict(answer.facts), **told}


def _edges(edges: Iterable[Edge]) -> list[Json]:
    return [edge_document(edge) for edge in edges]


def _place(place: Place) -> dict[str, Json]:
    return {
        "driver": place.driver,
        "disabled": place.disabled,
        "tier": {
            "name": place.tier,
            "named_by": place.named_by or None,
            "origin": origin_document(place.named_at),
            "because": _edges(place.tier_chain),
        },
        "stage": None
        if place.stage is None
        else {
            "number": place.stage,
            "of": place.stages,
            "because": _edges(place.stage_chain),
            "shared_with": list(place.companions),
        },
        "cycle": list(place.entangled),
        "dormant": _edges(place.dormant),
    }


def _route(route: Route) -> dict[str, Json]:
    return {
        "from": route.dependent,
        "to": route.needed,
        "relation": str(route.relation),
        "chain": _chain(route.forth),
        "back": _chain(route.back),
        "in_cycle": route.in_cycle,
        "tiers": {"from": route.tiers[0], "to": route.tiers[1]},
        "dormant": _edges(route.dormant),
    }


def _chain(chain: Chain | None) -> Json:
    if chain is None:
        return None
    return {"edges": _edges(chain.edges), "others": chain.others, "others_exact": chain.exact}


def explanation_document(explanation: Explanation) -> Json:
    """Return the whole document of a whole order."""
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


def render(answer: Place | Route, _view: View) -> Iterator[str]:
    """Yield its lines."""
    return lines(document(answer))


def render_explanation(explanation: Explanation, _view: View) -> Iterator[str]:
    """Yield the lines of a whole order's reasons."""
    return lines(explanation_document(explanation))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer both."""
    return (Format("why", "json", render), Format("explanation", "json", render_explanation))
