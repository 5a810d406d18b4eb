"""A run's start as a chart of characters: a line for each step, tier by tier, and the critical chain below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.analysis.timeline import Result, WaitReason
from tierdeps.analysis.timeline.text import attempt_name, why_text
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.sentences import counted, exact_text, host_note, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.timeline import Band, Bar, Row, Timeline
    from tierdeps.words.palette import Palette

#: A chart is never narrower than this, nor are names given more than their share of the line.
NARROWEST, SHARE = 20, 0.4
#: Room for a duration beside the chart.
TIME = 10
_ENDS = {Result.FAILED: "x", Result.RETRIED: "r", Result.CANCELLED: "c", Result.RUNNING: ">"}
_WORDS = {
    Result.FAILED: "failed",
    Result.RETRIED: "retried",
    Result.CANCELLED: "cancelled",
    Result.RUNNING: "still running",
}


def render(timeline: Timeline, view: View) -> Iterator[str]:
    """Yield the lines."""
    chart = _Chart(timeline, view.width, view.palette)
    count = counted(len(timeline.rows), "driver")
    yield printable(f"{timeline.title} {timeline.outcome} after {seconds_text(timeline.seconds)}, {count}")
    for band in timeline.bands:
        yield ""
        yield from chart.band(band)
    if timeline.critical_path:
        yield ""
        yield from _chain(timeline)
        yield ""
        yield from _legend(timeline)


def _name(row: Row, bar: Bar) -> str:
    """Return what names a line: the step, and the host where the driver's name does not say it."""
    return printable(" ".join(filter(None, (attempt_name(bar), host_note(row.driver, row.host)))))


class _Chart:
    def __init__(self, timeline: Timeline, width: int, palette: Palette) -> None:
        self._palette = palette
        self._critical = {wait.bar for wait in timeline.critical_path}
        names = (len(_name(row, bar)) for row in timeline.rows for bar in row.bars)
        self._names = min(max((*names, len("tier"))), max(NARROWEST, int(width * SHARE)))
        self._cells = max(NARROWEST, width - self._names - TIME - 7)
        self._scale = self._cells / (timeline.seconds or 1.0)

    def band(self, band: Band) -> Iterator[str]:
        """Yield the lines of a tier."""
        times = f"{seconds_text(band.started)} to {seconds_text(band.ended)}"
        yield f"{self._palette('tier', printable(band.tier))}, {times}"
        for row in band.rows:
            waited_since = row.opened
            for bar in row.bars:
                yield self._line(row, bar, waited_since)
                waited_since = bar.ended

    def _line(self, row: Row, bar: Bar, since: float) -> str:
        mark = "#" if bar in self._critical else " "
        name = self._short(_name(row, bar))
        took = printable(f"{row.reason or bar.result}") if bar.result is Result.PASSED else exact_text(bar.seconds)
        space = " " * (self._names - len(name))
        kind = "bad" if bar.result is Result.FAILED else "title" if bar in self._critical else "good"
        cells = self._palette(kind, self._cells_of(bar, since))
        return f"{mark} {self._palette.step(name)}{space} |{cells}| {took:>{TIME}}"

    def _short(self, name: str) -> str:
        """Cut the middle out of a name that is too long; its ends tell most."""
        if len(name) <= self._names:
            return name
        half = (self._names - 2) // 2
        return f"{name[: self._names - 2 - half]}..{name[-half:]}"

    def _cells_of(self, bar: Bar, since: float) -> str:
        begin = min(int(bar.started * self._scale), self._cells - 1)
        end = min(max(int(bar.ended * self._scale), begin + 1), self._cells)
        waits = min(int(since * self._scale), begin)
        if bar.result is Result.PASSED:
            run = "-"
        else:
            run = ("#" if bar in self._critical else "=") * (end - begin)
            run = run[:-1] + _ENDS.get(bar.result, run[-1])
        return f"{' ' * waits}{'.' * (begin - waits)}{run}".ljust(self._cells)


def _chain(timeline: Timeline) -> Iterator[str]:
    yield f"the critical chain, {seconds_text(timeline.critical_path[-1].bar.ended)}"
    for wait in timeline.critical_path:
        waited = f"  ({why_text(wait)})" if wait.reason is not WaitReason.RUN else ""
        yield printable(f"  {exact_text(wait.bar.seconds):>{TIME}}  {attempt_name(wait.bar)}{waited}")


def _legend(timeline: Timeline) -> Iterator[str]:
    found = {bar.result for row in timeline.rows for bar in row.bars}
    ends = (f"{mark} {_WORDS[result]}" for result, mark in _ENDS.items() if result in found)
    yield f"  {'   '.join(('# on the critical chain', '= runs', '. waits', *ends))}"


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("timeline", "text", render),)
