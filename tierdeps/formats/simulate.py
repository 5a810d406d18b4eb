"""The outcome of many simulated restarts: ``tierdeps simulate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines
from tierdeps.words.layout import table
from tierdeps.words.sentences import counted, step_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Share, Simulation
    from tierdeps.words.documents import Json
    from tierdeps.words.palette import Palette


def render_text(simulation: Simulation, view: View) -> Iterator[str]:
    """Yield how many restarts were hit, then a row for each step that started too early and for each victim."""
    hit, palette = simulation.hit, view.palette
    done = f"{hit.of} of {counted(simulation.requested, 'restart')}" if simulation.interrupted else _restarts(hit.of)
    yield f"schedule {simulation.schedule}, {done}, seed {simulation.seed}"
    if simulation.interrupted:
        yield palette("warning", "interrupted: what follows was counted so far")
    yield ""
    if not simulation.edges:
        yield palette("good", f"no step started before what it needs was ready: {_share(hit)}")
        return
    yield palette("error", f"steps started before what they need was ready in {_share(hit)}")
    yield ""
    yield from _early(simulation, palette)
    yield ""
    yield from _victims(simulation, palette)
    if view.verbose:
        yield ""
        yield f"  a restart took {simulation.seconds / max(hit.of, 1):.3f} s on average"


def _restarts(number: int) -> str:
    return counted(number, "restart")


def _early(simulation: Simulation, palette: Palette) -> Iterator[str]:
    rows = [_header(palette, "STEP", "STARTED BEFORE")]
    for edge in simulation.edges:
        names = (printable(step_name(step)) for step in (edge.step, edge.needed))
        rows.append([*map(palette.step, names), *_cells(edge.share)])
    header, *shown = table(rows, right=(2, 3), lead="  ")
    yield header
    for line, edge in zip(shown, simulation.edges, strict=True):
        yield line
        if edge.reason:
            yield f"      because {printable(edge.reason)}"


def _victims(simulation: Simulation, palette: Palette) -> Iterator[str]:
    rows = [[palette("driver", printable(name)), *_cells(share)] for name, share in simulation.victims]
    yield from table([_header(palette, "DRIVER STARTED TOO EARLY"), *rows], right=(1, 2), lead="  ")


def _header(palette: Palette, *titles: str) -> list[str]:
    return [palette("title", title) for title in (*titles, "RESTARTS", "SHARE", "95% INTERVAL")]


def _cells(share: Share) -> tuple[str, str, str]:
    low, high = share.interval
    return str(share.count), f"{share.value:.2%}", f"{low:.2%} to {high:.2%}"


def _share(share: Share) -> str:
    low, high = share.interval
    return f"{share.count} of {share.of} restarts ({share.value:.2%}; 95% interval {low:.2%} to {high:.2%})"


def render_json(simulation: Simulation, view: View) -> Iterator[str]:
    """Yield the document's lines."""
    del view
    document: Json = {
        "schema": "tierdeps/simulate/1",
        "schedule": str(simulation.schedule),
        "seed": simulation.seed,
        "requested": simulation.requested,
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
    return (Format("simulate", "json", render_json), Format("simulate", "text", render_text, prose=True))
