"""A graph in DOT, the language of Graphviz: a cluster for each tier, stacked, and drivers below what they need.

All of it is ASCII. A name stands as the node's identifier, and as its label too where it has characters of its own.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.graph.view import dangling_target
from tierdeps.hooks import hookimpl
from tierdeps.model import Kind
from tierdeps.words.sentences import host_note, quorum_note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.graph.resolve import Unresolved
    from tierdeps.graph.view import EdgeView, GraphView, NodeView, TierView
    from tierdeps.model import Origin

#: What may have a meaning for Graphviz in a label.
_SPECIAL = re.compile(r"[^A-Za-z0-9 _.:/+,()-]")
#: Graphviz garbles numbers of characters above this one.
_LAST_ENTITY = 0xFFFF
_GRAY = {"color": "gray50", "fontcolor": "gray50"}
_ORANGE = {"color": '"#b35900"', "fontcolor": '"#b35900"'}
_RED = {"color": '"#c00000"', "fontcolor": '"#c00000"'}


#: The most drivers of a stage beside each other.
_ROW = 10
_LEGEND = (
    "solid: requires; dashed: wants, after, before; dotted: under a fact, or pulls"
    "\\lred: on a cycle, or on a later tier; bold: the cycle that is shown; orange: the proposed cut\\l"
)


def render(graph: GraphView, _view: View) -> Iterator[str]:
    """Yield the document's lines."""
    yield "digraph tierdeps {"
    yield "  rankdir=BT;"
    yield '  graph [fontname="sans-serif", style="rounded", labelloc=b, labeljust=l];'
    yield '  node [fontname="sans-serif", shape=box, style="rounded"];'
    yield '  edge [fontname="sans-serif", fontsize=10];'
    yield f'  label="{_LEGEND}";'
    nodes = {node.name: node for node in graph.nodes}
    for number, group in enumerate(graph.tiers, 1):
        yield f"  subgraph cluster_{number} {{"
        yield f"    label={_label(group.name)};"
        yield from (f"    {_node(nodes[name])}" for name in group.drivers)
        yield "  }"
        yield from (f"  {line}" for line in _rows(group))
    yield from (f"  {line}" for line in _stack(graph, nodes))
    yield from (f"  {_arrow(arrow)}" for arrow in graph.edges)
    yield from (f"  {_conflict(arrow)}" for arrow in graph.conflicts)
    yield from (f"  {_pull(arrow)}" for arrow in graph.pulls)
    yield from (f"  {_dangling_target(name)}" for name in graph.dangling_targets)
    yield from (f"  {_dangling(dangling)}" for dangling in graph.dangling)
    yield "}"


def render_svg(graph: GraphView, view: View) -> Iterator[str]:
    """Yield the lines of the picture that Graphviz draws of the document; without Graphviz, that of the page.

    Raises InputError where Graphviz is installed and cannot draw it.
    """
    from tierdeps.words.graphviz import drawn_as_svg, is_installed

    if not is_installed():
        from tierdeps.page import picture_lines

        yield from picture_lines(graph)
        return
    yield from drawn_as_svg("\n".join(render(graph, view))).splitlines()


def _rows(group: TierView) -> Iterator[str]:
    """Yield what puts the drivers of a wide stage below each other: its rows, from edges that are not drawn."""
    for stage in group.stages or (group.drivers,):
        for above, below in zip(stage, stage[_ROW:], strict=False):
            yield f"{_identifier(below)} -> {_identifier(above)} [style=invis];"


def _stack(graph: GraphView, names: Iterable[str]) -> Iterator[str]:
    """Yield what puts each tier below the one before: a node between both, that is not drawn."""
    prefix = "between "
    while any(name.startswith(prefix) for name in names):
        prefix = f"{prefix}'"
    for number, (before, after) in enumerate(pairwise(graph.tiers), 1):
        between = _identifier(f"{prefix}{number}")
        yield f'{between} [style=invis, shape=point, label=""];'
        for name in before.stages[-1] if before.stages else before.drivers:
            yield f"{between} -> {_identifier(name)} [style=invis];"
        for name in after.stages[0] if after.stages else after.drivers:
            yield f"{_identifier(name)} -> {between} [style=invis];"


def _identifier(text: str) -> str:
    """Return a name as a quoted identifier; different names have different identifiers."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    if not (escaped.isascii() and escaped.isprintable()):
        escaped = "".join(char if " " <= char <= "~" else _escape(char) for char in escaped)
    return f'"{escaped}"'


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()


def _label(*rows: str) -> str:
    """Return a quoted label of several rows, in which characters with a meaning for Graphviz are escaped."""
    text = "\\n".join([_SPECIAL.sub(_shown, row) for row in rows])
    return f'"{text}"'


def _shown(special: re.Match[str]) -> str:
    char = special[0]
    if char == "\\" or not char.isprintable() or ord(char) > _LAST_ENTITY:
        return _escape(char).replace("\\\\", "\\").replace("\\", "\\\\")
    return f"&#{ord(char)};"


def _attributes(**values: str) -> str:
    return f" [{', '.join(f'{name}={value}' for name, value in values.items())}]" if values else ""


def _node(node: NodeView) -> str:
    values = {}
    where = host_note(node.name, node.driver.host)
    if where or _SPECIAL.search(node.name):
        values["label"] = _label(*filter(None, (node.name, where)))
    if node.disabled:
        values |= {"style": '"rounded,dashed"', **_GRAY}
    values |= _tooltip(node.driver.description, node.driver.origin)
    return f"{_identifier(node.name)}{_attributes(**values)};"


def _tooltip(text: str, origin: Origin | None) -> dict[str, str]:
    """Return the tooltip: why something is declared, and where."""
    rows = [text] if text else []
    rows += [str(origin)] if origin is not None and (origin.file or origin.distribution) else []
    return {"tooltip": _label(*rows)} if rows else {}


def _arrow(arrow: EdgeView) -> str:
    edge = arrow.edge
    rows = [arrow.label] if arrow.label else []
    rows += [f"when {edge.when}"] if edge.when else []
    rows += [quorum] if (quorum := quorum_note(edge)) else []
    values = {"label": _label(*rows)} if rows else {}
    if edge.when:
        values["style"] = "dotted"
    elif edge.kind is not Kind.REQUIRES:
        values["style"] = "dashed"
    if arrow.in_cycle or arrow.inversion:
        values |= {**_RED, "penwidth": "4" if arrow.named else "2"}
    if arrow.cut:
        values |= {**_ORANGE, "style": "dashed", "penwidth": "4" if arrow.named else "3"}
    values |= _tooltip(edge.reason, edge.origin)
    return f"{_ends(arrow)}{_attributes(**values)};"


def _conflict(arrow: EdgeView) -> str:
    values = {"label": '"conflicts"', "dir": "none", "constraint": "false", **_RED}
    return f"{_ends(arrow)}{_attributes(**values)};"


def _pull(arrow: EdgeView) -> str:
    """Return what a driver brings into the plan as a grey arrow, which has no influence on the layout."""
    rows = ["pulls", *([f"when {arrow.edge.when}"] if arrow.edge.when else [])]
    values = {"label": _label(*rows), "constraint": "false", "style": "dotted", **_GRAY}
    return f"{_ends(arrow)}{_attributes(**values)};"


def _ends(arrow: EdgeView) -> str:
    return f"{_identifier(arrow.dependent)} -> {_identifier(arrow.needed)}"


def _dangling_target(name: str) -> str:
    return f"{_identifier(name)}{_attributes(label=_label(name), style='dashed', **_RED)};"


def _dangling(dangling: Unresolved) -> str:
    return f"{_identifier(dangling.driver)} -> {_identifier(dangling_target(dangling))}{_attributes(**_RED)};"


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this file."""
    return (Format("graph", "dot", render), Format("graph", "svg", render_svg))
