"""Why a driver is where it is, and how it comes to depend on another one, as JSON: ``tierdeps/why/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.analysis.why import Place, Route
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import edge_document, lines, origin_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.analysis.why import Chain
    from tierdeps.model import Edge
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


def render(answer: Place | Route, _view: View) -> Iterator[str]:
    """Yield its lines."""
    return lines(document(answer))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("why", "json", render),)
