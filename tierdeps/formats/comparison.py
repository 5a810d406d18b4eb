"""Two starts, step by step: ``tierdeps timeline --compare``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines
from tierdeps.words.layout import table
from tierdeps.words.sentences import exact_text, seconds_text, step_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.timeline import StepChange, Timeline, TimelineComparison
    from tierdeps.words.documents import Json


def render_text(comparison: TimelineComparison, view: View) -> Iterator[str]:
    """Yield how both starts ended, and a row for each step, the largest difference first."""
    palette = view.palette
    before, now, changes = comparison.before, comparison.now, comparison.changes
    yield printable(f"{now.title} {now.outcome} after {seconds_text(now.seconds)}")
    yield printable(f"compared with a start that {_ending(before)} after {seconds_text(before.seconds)}")
    shown = changes if view.limit is None else changes[: view.limit]
    if shown:
        yield ""
        rows = [[palette("title", title) for title in ("BEFORE", "NOW", "CHANGE", "STEP", "CRITICAL CHAIN")]]
        for change in shown:
            step = palette.step(printable(step_name(change.step)))
            rows.append([_took(change.before), _took(change.now), _signed(change.difference), step, _chain(change)])
        yield from table(rows, right=(0, 1, 2))
    if len(shown) < len(changes):
        yield f"and {len(changes) - len(shown)} more: --all"


def _ending(timeline: Timeline) -> str:
    return "was starting" if timeline.outcome == "is starting" else timeline.outcome


def _took(seconds: float | None) -> str:
    return "-" if seconds is None else exact_text(seconds)


def _signed(seconds: float) -> str:
    text = exact_text(abs(seconds))
    return text if text == exact_text(0) else f"{'-' if seconds < 0 else '+'}{text}"


def _chain(change: StepChange) -> str:
    if change.critical:
        return "in both" if change.was_critical else "now"
    return "before" if change.was_critical else ""


def document(comparison: TimelineComparison) -> Json:
    """Return the whole document: all steps, the largest difference first."""
    return {
        "schema": "tierdeps/timeline-comparison/1",
        "title": comparison.now.title,
        "before": _start(comparison.before),
        "now": _start(comparison.now),
        "steps": [
            {
                "driver": change.step.driver,
                "phase": change.step.phase,
                "before": None if change.before is None else round(change.before, 6),
                "now": None if change.now is None else round(change.now, 6),
                "difference": round(change.difference, 6),
                "was_critical": change.was_critical,
                "critical": change.critical,
            }
            for change in comparison.changes
        ],
    }


def _start(timeline: Timeline) -> Json:
    return {"digest": timeline.digest, "outcome": timeline.outcome, "seconds": round(timeline.seconds, 6)}


def render_json(comparison: TimelineComparison, _view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    return lines(document(comparison))


def render_html(comparison: TimelineComparison, _view: View) -> Iterator[str]:
    """Yield the lines of a page for browsers, with the charts of both starts."""
    from tierdeps.page import comparison_document, page_lines

    return page_lines(comparison_document(comparison))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (
        Format("comparison", "html", render_html),
        Format("comparison", "json", render_json),
        Format("comparison", "text", render_text, prose=True),
    )
