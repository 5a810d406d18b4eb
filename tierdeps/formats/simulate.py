"""The outcome of many simulated restarts: ``tierdeps simulate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines
from tierdeps.words.sentences import counted, step_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Share, Simulation
    from tierdeps.words.documents import Json


def render_text(simulation: Simulation, view: View) -> Iterator[str]:
    """Yield the lines."""
    hit = simulation.hit
    yield f"schedule {simulation.schedule}, {counted(hit.of, 'restart')}, seed {simulation.seed}"
    yield ""
    if not simulation.edges:
        yield f"nothing began before what it needs was ready, in {counted(hit.of, 'restart')}: {_share(hit)}"
        return
    yield f"something began before what it needs was ready in {_share(hit)}"
    yield ""
    for edge in simulation.edges:
        needed, step = step_name(edge.needed), step_name(edge.step)
        yield printable(f"  {step} before {needed}: {_share(edge.share)}")
        if edge.reason:
            yield printable(f"      {edge.reason}")
    yield ""
    for name, share in simulation.victims:
        yield printable(f"  victim: {name}, {_share(share)}")
    if view.verbose:
        yield ""
        yield f"  a restart took {simulation.seconds / max(hit.of, 1):.3f} s on average"


def _share(share: Share) -> str:
    low, high = share.interval
    return f"{share.count} of {share.of} ({share.value:.2%}; 95 % interval {low:.3%} to {high:.3%})"


def render_json(simulation: Simulation, view: View) -> Iterator[str]:
    """Yield the document's lines."""
    del view
    document: Json = {
        "schema": "tierdeps/simulate/1",
        "schedule": str(simulation.schedule),
        "seed": simulation.seed,
        "hit": _share_document(simulation.hit),
        "edges": [
            {
                "from": edge.step.driver,
                "from_phase": edge.step.phase,
                "to": edge.needed.driver,
                "to_phase": edge.needed.phase,
                "reason": edge.reason,
                **_share_document(edge.share),
            }
            for edge in simulation.edges
        ],
        "victims": [{"driver": name, **_share_document(share)} for name, share in simulation.victims],
        "assumed": [str(step) for step in simulation.assumed],
    }
    yield from lines(document)


def _share_document(share: Share) -> dict[str, Json]:
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
    """Return the formats of this document."""
    return (Format("simulate", "json", render_json), Format("simulate", "text", render_text))
