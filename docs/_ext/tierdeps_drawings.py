"""Drawings of nodes and arrows: by Graphviz where it is installed, else by a simple layout of our own."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from typing import NamedTuple
from xml.sax.saxutils import escape

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, HEAD, LETTER = 120, 30, 70, 16, 26, 7.2
HOT = "#c0392b"


class Arrow(NamedTuple):
    """An arrow from one node to another."""

    source: str
    target: str
    label: str = ""
    dashed: bool = False
    hot: bool = False


class Drawing(NamedTuple):
    """Nodes in groups, which may have no name, and arrows between them."""

    title: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    arrows: tuple[Arrow, ...]
    direction: str = "LR"

    @property
    def nodes(self) -> tuple[str, ...]:
        """All nodes."""
        return tuple(node for _, nodes in self.groups for node in nodes)

    def svg(self, program: str | None = shutil.which("dot")) -> str:
        """Return the picture as SVG that can stand in a page."""
        return _graphviz(self, program) if program else _plain(self)


def dot(drawing: Drawing) -> str:
    """Return the drawing in Graphviz' language."""
    lines = [
        "digraph {",
        f'  rankdir={drawing.direction}; bgcolor="transparent"; nodesep=0.18; ranksep=0.45;',
        '  node [shape=box, style="rounded", fontname="sans-serif", fontsize=12, height=0.32, margin="0.12,0.04"];',
        '  edge [fontname="sans-serif", fontsize=10, arrowsize=0.7];',
    ]
    for number, (name, nodes) in enumerate(drawing.groups):
        inner = [f"    {_quoted(node)};" for node in nodes]
        if name:
            style = f'label={_quoted(name)}; labeljust=l; style="rounded,dotted"; fontname="sans-serif"; fontsize=12;'
            inner = [f"  subgraph cluster_{number} {{ {style}", *inner, "  }"]
        lines += inner
    lines += [f"  {_quoted(arrow.source)} -> {_quoted(arrow.target)} [{_style(arrow)}];" for arrow in drawing.arrows]
    return "\n".join((*lines, "}"))


def _style(arrow: Arrow) -> str:
    parts = [f"label={_quoted(arrow.label)}" if arrow.label else "", "style=dashed" if arrow.dashed else ""]
    parts.append(f'color="{HOT}", fontcolor="{HOT}", penwidth=2' if arrow.hot else "")
    return ", ".join(filter(None, parts))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _graphviz(drawing: Drawing, program: str) -> str:
    done = subprocess.run(  # noqa: S603  the program that was found
        [program, "-Tsvg"], input=dot(drawing), capture_output=True, text=True, check=True, timeout=60
    )
    picture = done.stdout[done.stdout.index("<svg") :]
    picture = re.sub(r"<!--.*?-->\n?|<title>.*?</title>\n?|<a [^>]*>|</a>", "", picture, flags=re.DOTALL)
    picture = picture.replace('"black"', '"currentColor"').replace("<text ", '<text fill="currentColor" ')
    picture = re.sub(r'<text fill="currentColor" ([^>]*fill=)', r"<text \1", picture)
    head, _, rest = picture.replace("<svg ", '<svg role="img" ', 1).partition(">")
    return f"{head}>\n<title>{escape(drawing.title)}</title>{rest}"


def columns(drawing: Drawing) -> dict[str, int]:
    """Return a column for each node: an arrow to a node that is listed later leads to a later column."""
    place = {node: number for number, node in enumerate(drawing.nodes)}
    column = dict.fromkeys(drawing.nodes, 0)
    back = drawing.direction == "RL"
    pairs = [(arrow.target, arrow.source) if back else (arrow.source, arrow.target) for arrow in drawing.arrows]
    for first, second in sorted(pairs, key=lambda pair: place[pair[0]]):
        if place[first] < place[second]:
            column[second] = max(column[second], column[first] + 1)
    return column


def _plain(drawing: Drawing) -> str:
    column, boxes, top = columns(drawing), {}, 4
    parts: list[str] = []
    for name, nodes in drawing.groups:
        rows: defaultdict[int, int] = defaultdict(int)
        start = top + (HEAD if name else 0)
        for node in nodes:
            boxes[node] = (4 + column[node] * (BOX_WIDTH + GAP_X), start + rows[column[node]] * (BOX_HEIGHT + GAP_Y))
            rows[column[node]] += 1
        if name:
            parts.append(f'<text x="4" y="{top + 16}" font-weight="bold">{escape(name)}</text>')
        top = start + max(rows.values(), default=0) * (BOX_HEIGHT + GAP_Y) + GAP_Y
    width = max((x for x, _ in boxes.values()), default=0) + BOX_WIDTH + 8
    parts += [_curve(arrow, boxes) for arrow in drawing.arrows if arrow.source != arrow.target]
    for node, (x, y) in boxes.items():
        size = f'width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"'
        parts.append(f'<rect x="{x}" y="{y}" {size} fill="none" stroke="currentColor"/>')
        parts.append(f'<text x="{x + BOX_WIDTH / 2}" y="{y + 20}" text-anchor="middle">{escape(node)}</text>')
    head = f'<svg role="img" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}"'
    marker = (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    )
    marker += '<path d="M0 0L8 4L0 8z" fill="context-stroke"/></marker></defs>'
    body = "\n".join(parts)
    return f'{head} fill="currentColor" font-size="12">\n<title>{escape(drawing.title)}</title>{marker}\n{body}\n</svg>'


def _curve(arrow: Arrow, boxes: dict[str, tuple[int, int]]) -> str:
    (left, up), (right, down) = boxes[arrow.source], boxes[arrow.target]
    forward = right >= left
    start = (left + (BOX_WIDTH if forward else 0), up + BOX_HEIGHT // 2)
    end = (right + (0 if forward else BOX_WIDTH), down + BOX_HEIGHT // 2)
    bend = GAP_X if forward else -GAP_X
    path = f"M{start[0]} {start[1]}C{start[0] + bend} {start[1]} {end[0] - bend} {end[1]} {end[0]} {end[1]}"
    colour, dash = HOT if arrow.hot else "currentColor", ' stroke-dasharray="5 3"' if arrow.dashed else ""
    return f'<path d="{path}" fill="none" stroke="{colour}"{dash} marker-end="url(#arrow)"/>'
