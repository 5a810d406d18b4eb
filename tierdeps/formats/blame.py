"""The steps of a run's start, the slowest first: ``tierdeps timeline --blame``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.analysis.timeline import Result
from tierdeps.analysis.timeline.text import attempt_name
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.sentences import exact_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.timeline import Timeline


def render_text(timeline: Timeline, view: View) -> Iterator[str]:
    """Yield a line for each."""
    bars = timeline.slowest
    shown = bars if view.limit is None else bars[: view.limit]
    for bar in shown:
        how = "" if bar.result is Result.DONE else f"  ({bar.result})"
        yield printable(f"{exact_text(bar.seconds):>11}  {attempt_name(bar)}{how}")
    if len(shown) < len(bars):
        yield f"and {len(bars) - len(shown)} more: --all"


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (Format("blame", "text", render_text),)
