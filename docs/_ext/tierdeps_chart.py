"""Charts of measured results, which are kept as JSON; they are drawn as the documentation is built."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar
from xml.sax.saxutils import escape

import msgspec
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from tierdeps_pictures import figure
from tierdeps_tables import table

from tierdeps.model import Share

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sphinx.application import Sphinx

File = TypeVar("File")
#: Where bars begin, how long the longest is, what remains for values; the heights of a name and of a bar.
LEFT, SCALE, VALUES, NAME, BAR, GAP = 2, 330, 168, 18, 12, 8
RED, BLUE, YELLOW, GREEN = COLOURS = ("#c0392b", "#2471a3", "#b7950b", "#117864")
SHARE_HEAD = ("started", "pool", "guests killed", "restarts that killed", "95% interval")


class Line(NamedTuple):
    """One bar of a chart, its value in words, an interval, and a limit; lengths are parts of the whole width."""

    name: str
    length: float
    text: str
    colour: str
    interval: tuple[float, float] | None = None
    limit: float | None = None


def draw(title: str, lines: Sequence[Line]) -> str:
    """Draw bars below each other, each under its name."""
    height = len(lines) * (NAME + BAR + GAP)
    size = f'viewBox="0 0 {LEFT + SCALE + VALUES} {height}" width="{LEFT + SCALE + VALUES}"'
    described = "; ".join(f"{line.name}: {line.text}" for line in lines)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} fill="currentColor" font-size="13">']
    parts.append(f"<title>{escape(title)}</title><desc>{escape(described)}</desc>")
    for number, line in enumerate(lines):
        parts += _bar(line, number * (NAME + BAR + GAP))
    return "\n".join((*parts, f'<path d="M{LEFT} 0V{height}" stroke="currentColor"/>', "</svg>"))


def _bar(line: Line, top: float) -> Iterator[str]:
    y = top + NAME
    yield f'<text x="{LEFT + 6}" y="{y - 5}">{escape(line.name)}</text>'
    yield f'<rect x="{LEFT}" y="{y}" width="{line.length * SCALE:.1f}" height="{BAR}" fill="{line.colour}"/>'
    if line.interval:
        low, high = (LEFT + bound * SCALE for bound in line.interval)
        middle = y + BAR / 2
        ends = f"M{low:.1f} {middle - 4}v8M{high:.1f} {middle - 4}v8M{low:.1f} {middle}H{high:.1f}"
        yield f'<path d="{ends}" stroke="currentColor" fill="none"/>'
    if line.limit is not None:
        x = LEFT + line.limit * SCALE
        yield f'<path d="M{x:.1f} {y - 3}v{BAR + 6}" stroke="currentColor" stroke-width="2"/>'
    yield f'<text x="{LEFT + SCALE + 10}" y="{y + BAR - 1}">{escape(line.text)}</text>'


class Chart(SphinxDirective):
    """A directive that draws the results of a file."""

    required_arguments = 1

    def read(self, kind: type[File]) -> File:
        """Return what the file holds, on which the page depends."""
        _, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        return msgspec.json.decode(Path(path).read_bytes(), type=kind)


class Row(msgspec.Struct, frozen=True):
    """What one way did to the guests of one pool: a result of ``benchmarks.race --kill``."""

    way: str
    pool: str
    guests: int
    restarts: int
    restarts_with_a_loss: int
    killed: int

    @property
    def share(self) -> Share:
        """The share of restarts that killed a guest."""
        return Share(self.restarts_with_a_loss, self.restarts)

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table."""
        killed = f"{self.killed} of {self.guests * self.restarts}"
        return self.way, self.pool, killed, _words(self.share), _interval(self.share)


class Results(msgspec.Struct, frozen=True):
    """A file of them, and the machine on which they were counted."""

    machine: str
    results: list[Row]


def chart(results: Results) -> str:
    """Draw a bar for each share, with its interval as a line across its end."""
    pools = list(dict.fromkeys(row.pool for row in results.results))
    title = "Restarts that killed a running guest, in per cent, with 95% intervals"
    return draw(
        title,
        [_share(f"{row.way}, {row.pool}", row.share, COLOURS[pools.index(row.pool) % 4]) for row in results.results],
    )


def _share(name: str, share: Share, colour: str) -> Line:
    return Line(name, share.value, _words(share), colour, share.interval)


def _words(share: Share) -> str:
    return f"{share.count} of {share.of}"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{low:.1%} to {high:.1%}"


class KillChart(Chart):
    """``.. tierdeps-kill-chart:: FILE``: what ``benchmarks.race --kill --save FILE`` counted."""

    def run(self) -> list[nodes.Node]:
        """Return the chart, which only pages in HTML show, and the table."""
        results = self.read(Results)
        rows = table(SHARE_HEAD, [row.cells() for row in results.results], style="plain")
        return [figure(chart(results), kind="chart"), rows, nodes.paragraph(text=f"Counted on {results.machine}.")]


class ShareRow(msgspec.Struct, frozen=True):
    """How often something happened under one condition."""

    name: str
    count: int
    of: int


class Shares(msgspec.Struct, frozen=True):
    """A file of them, what was counted, and where."""

    counted: str
    machine: str
    results: list[ShareRow]


def share_chart(shares: Shares) -> str:
    """Draw a bar for each share, with its interval as a line across its end; the last one is tierdeps'."""
    last = shares.results[-1]
    lines = [_share(row.name, Share(row.count, row.of), BLUE if row is last else RED) for row in shares.results]
    return draw(f"{shares.counted}, in per cent, with 95% intervals", lines)


class ShareChart(Chart):
    """``.. tierdeps-share-chart:: FILE``: shares that a benchmark counted, the last one being tierdeps'."""

    def run(self) -> list[nodes.Node]:
        """Return the chart, which only pages in HTML show, and the table."""
        shares = self.read(Shares)
        found = [(row.name, Share(row.count, row.of)) for row in shares.results]
        rows = [(name, _words(share), _interval(share)) for name, share in found]
        counted = table(("how", shares.counted, "95% interval"), rows, style="plain")
        below = nodes.paragraph(text=f"Counted on {shares.machine}.")
        return [figure(share_chart(shares), kind="chart"), counted, below]


class Bar(msgspec.Struct, frozen=True):
    """One measured value, and what it must not exceed."""

    name: str
    value: float
    limit: float | None = None


class BenchmarkChart(msgspec.Struct, frozen=True):
    """Values that are compared with each other."""

    title: str
    unit: str
    bars: list[Bar]


class Benchmark(msgspec.Struct, frozen=True):
    """What ``python -m benchmarks.NAME --save FILE`` writes."""

    command: str
    machine: str
    date: str
    charts: list[BenchmarkChart]

    def selected(self, titles: Iterable[str]) -> list[BenchmarkChart]:
        """Return the charts of these titles; all where there is none. Raises ExtensionError for an unknown one."""
        by_title = {chart.title: chart for chart in self.charts}
        if unknown := [title for title in titles if title not in by_title]:
            raise ExtensionError(f"no such chart: {unknown[0]!r}; there are: {', '.join(by_title)}")
        return [by_title[title] for title in titles or by_title]


def benchmark_chart(measured: BenchmarkChart) -> str:
    """Draw a bar for each value, blue where it is tierdeps', and a stroke where its limit is."""
    most = max(max(bar.value, bar.limit or 0) for bar in measured.bars) or 1
    compared = not all(bar.limit for bar in measured.bars)
    lines = [
        Line(
            bar.name,
            bar.value / most,
            _value(bar, measured.unit),
            BLUE if "tierdeps" in bar.name or not compared else YELLOW,
            limit=None if bar.limit is None else bar.limit / most,
        )
        for bar in measured.bars
    ]
    return draw(f"{measured.title}, in {measured.unit}", lines)


def _value(bar: Bar, unit: str) -> str:
    limit = f" (limit {bar.limit:.3g})" if bar.limit is not None else ""
    return f"{bar.value:.3g} {unit}{limit}"


class BenchmarkCharts(Chart):
    """``.. tierdeps-benchmark:: FILE``: what a benchmark measured; its content is the titles of the charts, or none."""

    has_content = True
    final_argument_whitespace: ClassVar[bool] = False

    def run(self) -> list[nodes.Node]:
        """Return the charts, and how they were made."""
        measured = self.read(Benchmark)
        charts = measured.selected([line for line in self.content if line.strip()])
        shown = [figure(benchmark_chart(each), each.title, "chart") for each in charts]
        how = f"Measured with {measured.command} on {measured.date}: {measured.machine}."
        return [*shown, nodes.paragraph(text=how)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("tierdeps-benchmark", BenchmarkCharts)
    app.add_directive("tierdeps-kill-chart", KillChart)
    app.add_directive("tierdeps-share-chart", ShareChart)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
