"""A run's start as an SVG chart: tiers as bands, phases as bars, the critical chain in red, reasons as tooltips."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from tierdeps._util.text import printable
from tierdeps.analysis.timeline import Result
from tierdeps.analysis.timeline.text import attempt_name, bar_text, why_text
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.sentences import counted, exact_text, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.timeline import Band, Bar, BarWait, Row, Timeline

#: In pixels: the width of the chart without names and durations, the heights of a row, a header and a footer, padding.
CHART, ROW, HEAD, FOOT, PAD = 900, 18, 104, 34, 12
#: In pixels: the width of a letter outside and inside of bars, and the maximal width of the names.
LETTER, SMALL, NAMES = 6.6, 5.4, 300
#: The width of the duration beside a bar, in pixels.
TIME = 76
#: The approximate number of ticks on the axis.
TICKS = 10

SANS, MONO = 'system-ui, "DejaVu Sans", sans-serif', 'ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace'
STYLE = f"""
  text {{ font: 11px {MONO}; fill: #24292f }}
  .title {{ font: bold 15px {SANS} }}
  .caption {{ font: 12px {SANS} }}
  .tier {{ font: bold 12px {SANS}; fill: #57606a }}
  .axis {{ fill: #8c959f }}
  .hot {{ font-weight: bold; fill: #cf222e }}
  .phase {{ font-size: 9px; fill: #0a3069 }}
  .band {{ fill: #f6f8fa }}
  .band.odd {{ fill: #eef2f6 }}
  .grid {{ stroke: #d0d7de; stroke-width: 1 }}
  .wait {{ stroke: #afb8c1; stroke-width: 2; stroke-dasharray: 2 3 }}
  .done {{ fill: #54aeff }}
  .failed {{ fill: #a40e26 }}
  .retried {{ fill: #d4a72c }}
  .cancelled, .running {{ fill: #8c959f }}
  .passed {{ fill: none; stroke: #8c959f }}
  .critical {{ stroke: #cf222e; stroke-width: 2 }}
  .chain {{ fill: none; stroke: #cf222e; stroke-width: 1.5; stroke-opacity: 0.8 }}
"""


def render(timeline: Timeline, view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    del view
    chart = _Chart(timeline)
    width, height = chart.width, chart.height
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    yield f"<title>{_text(timeline.title)}</title>"
    yield f"<style>{STYLE}</style>"
    yield f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    yield from chart.head()
    for number, band in enumerate(timeline.bands):
        yield from chart.band(band, odd=bool(number % 2))
    yield from chart.grid()
    for band in timeline.bands:
        for row in band.rows:
            yield from chart.row(row)
    yield from chart.chain()
    yield "</svg>"


class _Point(NamedTuple):
    x: float
    y: float


class _Chart:
    """The layout of the chart, and the elements at their positions."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._waits = {wait.bar: wait for wait in timeline.waits}
        self._critical = {wait.bar for wait in timeline.critical_path}
        named = (*(row.driver for row in timeline.rows), *(f"{band.tier}  " for band in timeline.bands))
        names = max((len(printable(name)) for name in named), default=0)
        self._left = PAD + min(NAMES, math.ceil(names * LETTER)) + PAD
        self.width = self._left + CHART + TIME + PAD
        self._step = _nice(timeline.seconds / TICKS)
        self._last = max(timeline.seconds, self._step)
        self._tops: dict[str, float] = {}
        self._bands: list[tuple[float, float]] = []
        top = float(HEAD)
        for band in timeline.bands:
            self._bands.append((top, ROW * (len(band.rows) + 1.4)))
            for index, row in enumerate(band.rows):
                self._tops[row.driver] = top + ROW * (index + 1.2)
            top += ROW * (len(band.rows) + 1.4) + 4
        self._bottom = top
        self.height = math.ceil(top + FOOT)
        self._places = iter(self._bands)

    def _x(self, seconds: float) -> float:
        return round(self._left + CHART * seconds / self._last, 1)

    def head(self) -> Iterator[str]:
        """Yield the header: the title, the outcome and the legend."""
        timeline = self._timeline
        count = counted(len(timeline.rows), "driver")
        summary = f"{timeline.outcome} after {seconds_text(timeline.seconds)}, {count}"
        yield f'<text class="title" x="{PAD}" y="26">{_text(timeline.title)}</text>'
        yield f'<text class="caption" x="{PAD}" y="46">{_text(summary)}</text>'
        x = float(PAD)
        for kind, words in _legend(timeline):
            yield f'<rect class="{kind}" x="{x}" y="57" width="14" height="10" rx="2"/>'
            yield f'<text class="caption" x="{x + 20}" y="66">{words}</text>'
            x += 20 + 6.4 * len(words) + 24

    def band(self, band: Band, *, odd: bool) -> Iterator[str]:
        """Yield the background and the name of a tier."""
        top, height = next(self._places)
        tooltip = f"{band.tier}: {exact_text(band.started)} to {exact_text(band.ended)}"
        box = f'x="0" y="{top:.1f}" width="{self.width}" height="{height:.1f}"'
        yield f'<rect class="band{" odd" if odd else ""}" {box}><title>{_text(tooltip)}</title></rect>'
        yield f'<text class="tier" x="{PAD}" y="{top + 14:.1f}">{_text(band.tier)}</text>'

    def grid(self) -> Iterator[str]:
        """Yield the axis."""
        for number in range(math.floor(self._last / self._step + 1e-9) + 1):
            seconds = number * self._step
            x = self._x(seconds)
            yield f'<line class="grid" x1="{x}" y1="{HEAD - 6}" x2="{x}" y2="{self._bottom:.1f}"/>'
            for y in (HEAD - 12, self._bottom + 14):
                yield f'<text class="axis" x="{x}" y="{y:.1f}" text-anchor="middle">{seconds:g} s</text>'

    def row(self, row: Row) -> Iterator[str]:
        """Yield a driver's name, its bars, and the waits before them."""
        top, since = self._tops[row.driver], row.opened
        yield self._name(row, top)
        for bar in row.bars:
            if self._x(bar.started) - self._x(since) >= 1:
                ends = f'x1="{self._x(since)}" x2="{self._x(bar.started)}"'
                yield f'<line class="wait" {ends} y1="{top + ROW / 2:.1f}" y2="{top + ROW / 2:.1f}"/>'
            yield from self._bar(bar, top)
            since = bar.ended
        if row.bars:
            passed = row.bars[0].result is Result.PASSED
            duration = "passed over" if passed else seconds_text(sum(bar.seconds for bar in row.bars))
            yield f'<text class="axis" x="{self._x(since) + 6:.1f}" y="{top + 13:.1f}">{duration}</text>'

    def _name(self, row: Row, top: float) -> str:
        kind = ' class="hot"' if any(bar in self._critical for bar in row.bars) else ""
        name, most = printable(row.driver), int((self._left - 2 * PAD) / LETTER)
        shown = name if len(name) <= most else f"{name[: most - 2]}.."
        place = f'x="{self._left - PAD}" y="{top + 13:.1f}" text-anchor="end"'
        return f"<text{kind} {place}>{escape(shown)}<title>{escape(name)}</title></text>"

    def _bar(self, bar: Bar, top: float) -> Iterator[str]:
        x = self._x(bar.started)
        width = max(2.0, round(self._x(bar.ended) - x, 1))
        kind = f"{bar.result} critical" if bar in self._critical else str(bar.result)
        tooltip = _text(f"{bar_text(bar)}\n{why_text(self._waits[bar])}")
        box = f'x="{x}" y="{top + 3:.1f}" width="{width}" height="{ROW - 6}" rx="2"'
        yield f'<rect class="{kind}" {box}><title>{tooltip}</title></rect>'
        phase = printable(bar.step.phase)
        if phase != "start" and width > len(phase) * SMALL + PAD and bar.result is not Result.PASSED:
            place = f'x="{x + 6:.1f}" y="{top + 12.5:.1f}"'
            yield f'<text class="phase" {place}>{escape(phase)}<title>{tooltip}</title></text>'

    def chain(self) -> Iterator[str]:
        """Yield the lines that connect the bars of the critical chain."""
        for wait in self._timeline.critical_path:
            if wait.before is not None and wait.before.step.driver != wait.bar.step.driver:
                yield self._join(wait, wait.before)

    def _join(self, wait: BarWait, before: Bar) -> str:
        start = _Point(self._x(before.ended), self._tops[before.step.driver] + ROW / 2)
        end = _Point(self._x(wait.bar.started), self._tops[wait.bar.step.driver] + ROW / 2)
        path = f"M{start.x} {start.y:.1f} V{end.y:.1f} H{end.x}"
        tooltip = _text(f"{attempt_name(wait.bar)}: {why_text(wait)}")
        return f'<path class="chain" d="{path}"><title>{tooltip}</title></path>'


def _legend(timeline: Timeline) -> Iterator[tuple[str, str]]:
    found = {bar.result for row in timeline.rows for bar in row.bars}
    words = {Result.PASSED: "passed over", Result.RETRIED: "retried", Result.CANCELLED: "cancelled"}
    yield "done critical", "critical chain"
    yield from ((str(result), words.get(result, str(result))) for result in Result if result in found)


def _nice(seconds: float) -> float:
    """Return the next number up that is 1, 2 or 5 times a power of ten."""
    if seconds <= 0:
        return 0.001
    power = 10.0 ** math.floor(math.log10(seconds))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= seconds * (1 - 1e-9))


def _text(text: str) -> str:
    """Return text escaped for XML, with control characters escaped in each line."""
    return escape("\n".join(map(printable, text.split("\n"))))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("timeline", "svg", render),)
