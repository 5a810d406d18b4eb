"""A simulation as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Share, Simulation
    from tierdeps.words.documents import Json


def render(simulation: Simulation, view: View) -> Iterator[str]:
    """Yield the document's lines."""
    del view
    document: Json = {
        "schema": "tierdeps/simulate/1",
        "schedule": str(simulation.schedule),
        "seed": simulation.seed,
        "hit": _share(simulation.hit),
        "edges": [
            {
                "from": edge.step.driver,
                "from_phase": edge.step.phase,
                "to": edge.needed.driver,
                "to_phase": edge.needed.phase,
                "reason": edge.reason,
                **_share(edge.share),
            }
            for edge in simulation.edges
        ],
        "victims": [{"driver": name, **_share(share)} for name, share in simulation.victims],
        "assumed": [str(step) for step in simulation.assumed],
    }
    yield from lines(document)


def _share(share: Share) -> dict[str, Json]:
    low, high = share.interval
    return {
        "count": share.count,
        "restarts": share.of,
        "share": round(share.value, 6),
        "low": round(low, 6),
        "high": round(high, 6),
    }


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("simulate", "json", render),)
