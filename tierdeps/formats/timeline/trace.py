"""A run's start as a trace for viewers such as Perfetto and ``chrome://tracing``: the Trace Event Format, in JSON.

The tiers share a track, and each driver has one of its own; arrows along the critical chain lead from what
was waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.analysis.timeline import Result
from tierdeps.analysis.timeline.text import attempt_name, why_text
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.timeline import BarWait, Timeline
    from tierdeps.words.documents import Json

#: The only process; viewers show its name as a heading.
PROCESS = 1
#: The track of the tiers; the drivers' follow in the order of the plan.
TIERS = 0


def document(timeline: Timeline) -> Json:
    """Return the whole document; times are in microseconds since the run started."""
    tracks = {row.driver: track for track, row in enumerate(timeline.rows, TIERS + 1)}
    critical = {wait.bar for wait in timeline.critical_path}
    return {
        "traceEvents": [
            *_names(timeline, tracks),
            *_tiers(timeline),
            *(
                _step(wait, tracks, critical=wait.bar in critical)
                for wait in sorted(timeline.waits, key=lambda wait: (wait.bar.started, wait.bar.ended, wait.bar.step))
                if wait.bar.result is not Result.PASSED
            ),
            *_arrows(timeline, tracks),
        ],
        "displayTimeUnit": "ms",
        "otherData": {"title": timeline.title, "digest": timeline.digest, "outcome": timeline.outcome},
    }


def _names(timeline: Timeline, tracks: dict[str, int]) -> Iterator[Json]:
    yield {"ph": "M", "name": "process_name", "pid": PROCESS, "args": {"name": timeline.title}}
    for name, track in (("tiers", TIERS), *tracks.items()):
        yield {"ph": "M", "name": "thread_name", "pid": PROCESS, "tid": track, "args": {"name": name}}
        yield {"ph": "M", "name": "thread_sort_index", "pid": PROCESS, "tid": track, "args": {"sort_index": track}}


def _tiers(timeline: Timeline) -> Iterator[Json]:
    for band in timeline.bands:
        slice_ = _slice(band.tier, TIERS, band.started, band.ended)
        yield {**slice_, "cat": "tier", "args": {"drivers": len(band.rows)}}


def _step(wait: BarWait, tracks: dict[str, int], *, critical: bool) -> Json:
    bar = wait.bar
    slice_ = _slice(attempt_name(bar), tracks[bar.step.driver], bar.started, bar.ended)
    arguments: Json = {
        "driver": bar.step.driver,
        "phase": bar.step.phase,
        "result": str(bar.result),
        "reason": bar.reason,
        "waited_for": why_text(wait),
        "critical": critical,
    }
    return {**slice_, "cat": "critical" if critical else "step", "args": arguments}


def _slice(name: str, track: int, started: float, ended: float) -> dict[str, Json]:
    times: dict[str, Json] = {"ts": _microseconds(started), "dur": _microseconds(ended - started)}
    return {"ph": "X", "name": name, "pid": PROCESS, "tid": track, **times}


def _arrows(timeline: Timeline, tracks: dict[str, int]) -> Iterator[Json]:
    """Yield the two ends of an arrow for each step of the critical chain that waited for another one."""
    for number, wait in enumerate(timeline.critical_path):
        if wait.before is not None:
            yield _end("s", number, tracks[wait.before.step.driver], wait.before.ended)
            # "bp": the arrow ends at the slice that encloses the time, and not at the next one
            yield {**_end("f", number, tracks[wait.bar.step.driver], wait.bar.started), "bp": "e"}


def _end(kind: str, number: int, track: int, at: float) -> dict[str, Json]:
    place: dict[str, Json] = {"pid": PROCESS, "tid": track, "ts": _microseconds(at)}
    return {"ph": kind, "id": number, "name": "critical chain", "cat": "critical", **place}


def _microseconds(seconds: float) -> float:
    return round(seconds * 1_000_000, 1)


def render(timeline: Timeline, view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    del view
    return lines(document(timeline))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("timeline", "trace", render),)
