"""A graph as an SVG picture with the layout, the lines and the colours of the page, in which all edges are drawn."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from tierdeps._util.text import printable
from tierdeps.page.assemble import asset, colours
from tierdeps.page.curves import curve
from tierdeps.page.graph import contents_of
from tierdeps.page.layout import (
    BAND_HEAD,
    COUNT,
    FONT,
    INSIDE,
    MARGIN,
    PADDING,
    STAGE_HEAD,
    layout_of,
    note_of,
    width_of,
)
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tierdeps.graph.view import EdgeView, GraphView
    from tierdeps.page.curves import Box
    from tierdeps.page.layout import Band, Layout

#: In pixels: the height of a line of the legend, and the length of its sample.
_LEGEND_LINE, _SAMPLE = 20, 34
_LEGEND = (
    ("required", "requires"),
    ("soft", "wants, after, before"),
    ("conditional", "under a fact"),
    ("soft conflicts", "conflicts"),
    ("bad", "on a cycle, or on a later tier"),
    ("named bad", "the cycle that is shown"),
    ("cut", "proposed cut"),
)
_STYLE = """
text { font: 14px "DejaVu Sans", Verdana, sans-serif; fill: var(--text) }
.tier { font-weight: 600 } .quiet { font-size: 12px; font-weight: 400; fill: var(--quiet) }
.note { font-size: 11px; fill: var(--quiet) }
.band { fill: var(--band); stroke: var(--line) } .odd { fill: var(--odd) }
.driver rect { fill: var(--box); stroke: var(--line) }
.disabled rect, .missing rect { stroke-dasharray: 4 3 } .disabled text { fill: var(--quiet) }
.missing rect { stroke: var(--bad) } .missing text { fill: var(--bad) }
.milestone text { font-style: italic }
"""


def picture_lines(graph: GraphView) -> Iterator[str]:
    """Yield the lines of the picture of a graph."""
    contents = contents_of(graph, "graph", "", most=len(graph.nodes))
    yield from _Picture(contents.document, contents.arrows).lines()


class _Picture:
    """The elements of a picture, at the places that the layout gives them."""

    def __init__(self, document: Mapping[str, Any], arrows: Sequence[EdgeView]) -> None:
        self._document = document
        edges: Sequence[Mapping[str, Any]] = document["edges"]
        #: The classes of each edge; those after the arrows lead to targets that cannot be resolved.
        self._styles = [tuple(_classes(*pair)) for pair in zip_longest(edges, arrows[: len(edges)])]
        self._meanings = list(_legend_of(self._styles))
        self._drivers: Sequence[Mapping[str, Any]] = document["drivers"]
        self._layout: Layout = layout_of(document)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the document."""
        legend = max(_SAMPLE + 12 + width_of(text, 12) for _, text in self._meanings) if self._meanings else 0
        width = round(max(self._layout.width, legend + 2 * MARGIN))
        height = round(self._layout.height + len(self._meanings) * _LEGEND_LINE + MARGIN)
        size = f'width="{width}" height="{height}"'
        yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">'
        yield f"<style>{_style()}</style>"
        yield f'<rect {size} fill="{colours()["page"]}"/>'
        for number, band in enumerate(self._layout.bands):
            yield from self._band(band, odd=bool(number % 2))
        for edge, style in zip(self._document["edges"], self._styles, strict=True):
            yield from self._edge(edge, " ".join(style))
        for number, driver in enumerate(self._drivers):
            yield from self._driver(driver, self._layout.boxes[number])
        yield from self._legend()
        yield "</svg>"

    def _band(self, band: Band, *, odd: bool) -> Iterator[str]:
        left, top, width, height = map(round, band.box)
        place = f'x="{left}" y="{top}" width="{width}" height="{height}" rx="8"'
        name = _text(self._document["tiers"][band.tier]["name"], width - COUNT, FONT)
        first = next(driver for driver in self._drivers if driver["tier"] == band.tier)
        noun = "target" if first.get("state") == "missing" else "driver"
        yield f'<rect class="band{" odd" if odd else ""}" {place}/>'
        count = f'<tspan class="quiet" dx="10">{counted(band.drivers, noun)}</tspan>'
        yield f'<text class="tier" x="{left + PADDING}" y="{top + BAND_HEAD - 9}">{name}{count}</text>'
        for column in band.columns:
            title = (
                f"stage {column.stage}" if column.stage else "no such driver" if noun == "target" else "not in the plan"
            )
            y = round(column.top) + STAGE_HEAD - 10
            yield f'<text class="quiet" x="{round(column.left)}" y="{y}">{title}</text>'

    def _driver(self, driver: Mapping[str, Any], box: Box) -> Iterator[str]:
        left, top, width, height = (round(number, 1) for number in box)
        note, radius = note_of(driver), 14 if driver.get("state") == "milestone" else 5
        room = width - 2 * INSIDE - (8 + width_of(note, 11) if note else 0)
        shown = _text(driver["name"], room, FONT)
        suffix = f'<tspan class="note" dx="8">{escape(note)}</tspan>' if note else ""
        place = f'x="{left}" y="{top}" width="{width}" height="{height}" rx="{radius}"'
        yield f'<g class="driver {note}"><title>{_plain(_lines_of_driver(driver))}</title><rect {place}/>'
        yield f'<text x="{round(left + INSIDE, 1)}" y="{round(top + 19, 1)}">{shown}{suffix}</text></g>'

    def _edge(self, edge: Mapping[str, Any], classes: str) -> Iterator[str]:
        start, end = self._layout.boxes[edge["from"]], self._layout.boxes[edge["to"]]
        if start == end:
            return
        line, head = curve(start, end)
        title = _plain(self._lines_of_edge(edge))
        yield f'<g><title>{title}</title><path class="{classes}" d="{line}"/>'
        yield f'<path class="{classes} head" d="{head}"/></g>'

    def _lines_of_edge(self, edge: Mapping[str, Any]) -> Iterator[str]:
        ends = (self._drivers[edge[end]]["name"] for end in ("from", "to"))
        parts = (edge.get("label"), edge.get("quorum"), edge.get("when") and f"when {edge['when']}")
        yield ", ".join((f" {edge['kind']} ".join(ends), *filter(None, parts)))
        yield from (edge[key] for key in ("reason", "origin") if edge.get(key))

    def _legend(self) -> Iterator[str]:
        y = round(self._layout.height)
        for classes, text in self._meanings:
            yield f'<path class="edge {classes}" d="M{MARGIN} {y}h{_SAMPLE}"/>'
            yield f'<text class="quiet" x="{MARGIN + _SAMPLE + 10}" y="{y + 4}">{text}</text>'
            y += _LEGEND_LINE


def _lines_of_driver(driver: Mapping[str, Any]) -> Iterator[str]:
    where = f" on {driver['host']}" if driver.get("host") else ""
    when = f", when {driver['when']}" if driver.get("when") else ""
    yield f"{driver['name']}{where}{when}"
    yield from (driver[key] for key in ("description", "origin") if driver.get(key))


def _classes(edge: Mapping[str, Any], arrow: EdgeView | None) -> Iterator[str]:
    """Yield the classes of an edge, which are those of the page."""
    yield "edge"
    yield edge["kind"]
    yield "required" if edge.get("required") else "soft"
    if edge.get("when"):
        yield "conditional"
    if arrow is None or arrow.in_cycle or arrow.inversion:
        yield "bad"
    if arrow is not None and arrow.named:
        yield "named"
    if arrow is not None and arrow.cut:
        yield "cut"


def _legend_of(styles: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield the entries of the legend that stand for at least one edge."""
    found = [frozenset(style) for style in set(styles)]
    yield from (entry for entry in _LEGEND if any(style.issuperset(entry[0].split()) for style in found))


def _style() -> str:
    """Return the styles: those of the edges of the page, and our own, with the light colours of the page."""
    edges = [line for line in asset("page.css").splitlines() if line.startswith(".edge")]
    return re.sub(r"var\(--([\w-]+)\)", lambda found: colours()[found[1]], "\n".join((_STYLE, *edges)))


def _plain(lines: Iterable[str]) -> str:
    return "&#10;".join(escape(printable(line)) for line in lines)


def _text(name: str, room: float, size: float) -> str:
    """Return a name as text, shortened to a width."""
    shown = printable(name)
    if width_of(shown, size) > room + 1:  # room is a difference, which is rounded
        while shown and width_of(f"{shown}...", size) > room:
            shown = shown[:-1]
        shown += "..."
    return escape(shown)
