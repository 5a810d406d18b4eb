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
    from collections.abc import Iterable, Iterator

    from tierdeps.model import Makespan, Share, Simulation
    from tierdeps.words.documents import Json
    from tierdeps.words.palette import Palette

#: So many steps are listed unless ``--verbose`` is given.
MAX_STEPS_SHOWN = 10


def render_text(simulation: Simulation, view: View) -> Iterator[str]:
    """Yield how many restarts were hit, what started too early, how long restarts took, and what decided that."""
    hit, palette = simulation.hit, view.palette
    done = f"{hit.of} of {counted(simulation.requested, 'restart')}" if simulation.interrupted else _restarts(hit.of)
    yield f"schedule {simulation.schedule}, {done}, seed {simulation.seed}"
    if simulation.interrupted:
        yield palette("warning", "interrupted: what follows was counted so far")
    yield ""
    if simulation.edges:
        yield palette("error", f"steps started before what they need was ready in {_share(hit)}")
        yield ""
        yield from _early(simulation, palette)
        yield ""
        yield from _victims(simulation, palette)
    else:
        yield palette("good", f"no step started before what it needs was ready: {_share(hit)}")
    yield ""
    yield from _makespans(simulation, palette)
    if simulation.steps:
        yield ""
        yield from _critical(simulation, view)
    if view.verbose:
        yield ""
        yield f"  the executor ran {simulation.verified} of these restarts as well, with the same result"


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


def _makespans(simulation: Simulation, palette: Palette) -> Iterator[str]:
    """Yield how long restarts took, and with changes of timings, how often anything was too early then."""
    titles = ("RESTARTS TOOK", "TOO EARLY", "MEAN", "MEDIAN", "90%", "99%", "LONGEST")
    cases = [("as declared", simulation)]
    if simulation.changed:
        cases.append((f"with {', '.join(simulation.changes)}", simulation.changed))
    rows = [[palette("title", title) for title in titles]]
    for name, case in cases:
        times = (case.makespan.mean, case.makespan.median, case.makespan.p90, case.makespan.p99, case.makespan.longest)
        rows.append([printable(name), f"{case.hit.value:.2%}", *(f"{seconds:.3f} s" for seconds in times)])
    if not simulation.changed:
        rows = [[*row[:1], *row[2:]] for row in rows]
    yield from table(rows, right=range(1, len(rows[0])), lead="  ")


def _critical(simulation: Simulation, view: View) -> Iterator[str]:
    """Yield the steps that decided how long restarts took: the first few, unless all are wanted."""
    palette, shown = view.palette, len(simulation.steps) if view.verbose else MAX_STEPS_SHOWN
    titles = ("STEP ON THE CRITICAL PATH", "RESTARTS", "SHARE", "OF THE MEAN", "CORRELATION")
    rows = [[palette("title", title) for title in titles]]
    for one in simulation.steps[:shown]:
        name = palette.step(printable(step_name(one.step)))
        figures = (str(one.share.count), f"{one.share.value:.2%}", f"{one.seconds:.3f} s", f"{one.correlation:.2f}")
        rows.append([name, *figures])
    yield from table(rows, right=(1, 2, 3, 4), lead="  ")
    if more := len(simulation.steps[shown:]):
        yield f"  and {counted(more, 'other step')}; --verbose shows all"


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
        "verified": simulation.verified,
        "makespan": _makespan_document(simulation.makespan),
        "steps": [
            {
                "driver": one.step.driver,
                "phase": one.step.phase,
                **_share_document(one.share),
                "seconds": round(one.seconds, 6),
                "correlation": round(one.correlation, 4),
            }
            for one in simulation.steps
        ],
        "what_if": None if simulation.changed is None else _changed_document(simulation.changes, simulation.changed),
    }
    yield from lines(document)


def _changed_document(changes: Iterable[str], changed: Simulation) -> dict[str, Json]:
    return {
        "changes": list(changes),
        "hit": _share_document(changed.hit),
        "makespan": _makespan_document(changed.makespan),
    }


def _makespan_document(makespan: Makespan) -> dict[str, Json]:
    return {
        "mean": round(makespan.mean, 6),
        "p50": round(makespan.median, 6),
        "p90": round(makespan.p90, 6),
        "p95": round(makespan.p95, 6),
        "p99": round(makespan.p99, 6),
        "max": round(makespan.longest, 6),
    }


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
