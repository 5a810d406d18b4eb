"""The steps of a run's start, the slowest first: ``tierdeps timeline --blame``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.analysis.timeline import Result
from tierdeps.analysis.timeline.text import attempt_name
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines
from tierdeps.words.layout import table
from tierdeps.words.sentences import exact_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.timeline import Bar, Timeline
    from tierdeps.words.documents import Json


def render_text(timeline: Timeline, view: View) -> Iterator[str]:
    """Yield a row for each."""
    bars, palette = timeline.slowest, view.palette
    shown = bars if view.limit is None else bars[: view.limit]
    results = any(_result(bar) for bar in shown)
    titles = ("DURATION", "STEP", "RESULT") if results else ("DURATION", "STEP")
    rows = [[palette("title", title) for title in titles]]
    for bar in shown:
        row = [exact_text(bar.seconds), palette.step(printable(attempt_name(bar)))]
        rows.append([*row, _result(bar)] if results else row)
    yield from table(rows, right=(0,))
    if len(shown) < len(bars):
        yield f"and {len(bars) - len(shown)} more: --all"


def _result(bar: Bar) -> str:
    return "" if bar.result is Result.DONE else str(bar.result)


def document(timeline: Timeline) -> Json:
    """Return the whole document: all steps, the slowest first."""
    return {
        "schema": "tierdeps/blame/1",
        "title": timeline.title,
        "steps": [
            {
                "driver": bar.step.driver,
                "phase": bar.step.phase,
                "seconds": round(bar.seconds, 6),
                "result": str(bar.result),
            }
            for bar in timeline.slowest
        ],
    }


def render_json(timeline: Timeline, _view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    return lines(document(timeline))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (Format("blame", "json", render_json), Format("blame", "text", render_text, prose=True))
