"""A chart and a table of shares with their intervals, made as the documentation is built from results that are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import msgspec
from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from tierdeps_tables import table

from tierdeps.model import Share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

LABELS, SCALE, COUNTS, LINE, GAP = 370, 300, 90, 20, 12
COLOURS = ("#c0392b", "#2471a3", "#b7950b", "#117864")
HEAD = ("started", "pool", "guests killed", "restarts that killed", "95 % interval")


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
        low, high = self.share.interval
        share = f"{self.restarts_with_a_loss} of {self.restarts}"
        return self.way, self.pool, f"{self.killed} of {self.guests * self.restarts}", share, f"{low:.1%} to {high:.1%}"


class Results(msgspec.Struct, frozen=True):
    """A file of them, and the machine on which they were counted."""

    machine: str
    results: list[Row]


def chart(results: Results) -> str:
    """Draw a bar for each share, with its interval as a line across its end."""
    return "\n".join(_svg(results.results))


def _svg(rows: list[Row]) -> Iterator[str]:
    ways = list(dict.fromkeys(row.way for row in rows))
    height = len(rows) * LINE + len(ways) * GAP
    title = "Restarts that killed a running guest, in per cent, with 95 % intervals"
    size = f'viewBox="0 0 {LABELS + SCALE + COUNTS} {height}" style="max-width: 100%"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} fill="currentColor" font-size="13">'
    yield f"<title>{title}</title>"
    pools = list(dict.fromkeys(row.pool for row in rows))
    y = 0
    for way in ways:
        y += GAP
        for number, row in enumerate(row for row in rows if row.way == way):
            name = f"{escape(way)}, " if number == 0 else ""
            yield f'<text x="{LABELS - 8}" y="{y + 14}" text-anchor="end">{name}{escape(row.pool)}</text>'
            yield from _bar(row.share, y, COLOURS[pools.index(row.pool) % len(COLOURS)])
            y += LINE
    yield f'<path d="M{LABELS} 0V{height}" stroke="currentColor"/>'
    yield "</svg>"


def _bar(share: Share, y: int, colour: str) -> Iterator[str]:
    low, high = (LABELS + bound * SCALE for bound in share.interval)
    middle = y + LINE / 2
    yield f'<rect x="{LABELS}" y="{y + 3}" width="{share.value * SCALE:.1f}" height="{LINE - 6}" fill="{colour}"/>'
    ends = f"M{low:.1f} {middle - 4}v8M{high:.1f} {middle - 4}v8M{low:.1f} {middle}H{high:.1f}"
    yield f'<path d="{ends}" stroke="currentColor" fill="none"/>'
    yield f'<text x="{LABELS + SCALE + 10}" y="{y + 14}">{share.count} of {share.of}</text>'


class KillChart(SphinxDirective):
    """``.. tierdeps-kill-chart:: FILE``: what ``benchmarks.race --kill --save FILE`` counted."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the chart, which only pages in HTML show, and the table."""
        _, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        results = msgspec.json.decode(Path(path).read_bytes(), type=Results)
        drawn = nodes.raw("", chart(results), format="html")
        return [drawn, table(HEAD, [row.cells() for row in results.results]), nodes.paragraph(text=results.machine)]


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
    """Draw a bar for each share, with its interval as a line across its end."""
    height = len(shares.results) * (LINE + 4)
    size = f'viewBox="0 0 {LABELS + SCALE + COUNTS} {height}" style="max-width: 100%"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} fill="currentColor" font-size="13">']
    parts.append(f"<title>{escape(shares.counted)}, in per cent, with 95 % intervals</title>")
    for number, row in enumerate(shares.results):
        y = number * (LINE + 4)
        parts.append(f'<text x="{LABELS - 8}" y="{y + 14}" text-anchor="end">{escape(row.name)}</text>')
        parts += _bar(Share(row.count, row.of), y, COLOURS[1] if number == len(shares.results) - 1 else COLOURS[0])
    return "\n".join((*parts, f'<path d="M{LABELS} 0V{height}" stroke="currentColor"/>', "</svg>"))


class ShareChart(SphinxDirective):
    """``.. tierdeps-share-chart:: FILE``: shares that a benchmark counted, the last one being tierdeps'."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the chart, which only pages in HTML show, and the table."""
        _, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        shares = msgspec.json.decode(Path(path).read_bytes(), type=Shares)
        rows = []
        for row in shares.results:
            low, high = Share(row.count, row.of).interval
            rows.append((row.name, f"{row.count} of {row.of}", f"{low:.1%} to {high:.1%}"))
        drawn = nodes.raw("", share_chart(shares), format="html")
        return [
            drawn,
            table(("how", shares.counted, "95 % interval"), rows),
            nodes.paragraph(text=shares.machine),
        ]


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("tierdeps-kill-chart", KillChart)
    app.add_directive("tierdeps-share-chart", ShareChart)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
