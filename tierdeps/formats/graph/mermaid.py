"""A graph in Mermaid: a subgraph for each tier; identifiers are numbers, names stand in labels only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.graph.part import collapsed
from tierdeps.graph.view import dangling_target
from tierdeps.hooks import hookimpl
from tierdeps.model import Kind
from tierdeps.words.sentences import host_note, quorum_note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tierdeps.graph.view import EdgeView, GraphView

_PLAIN = re.compile(r"[A-Za-z0-9 _:/,()-]")
_RED = "stroke:#c00000,stroke-width:2px"


#: The most edges, and characters of text, that Mermaid draws by default (maxEdges, maxTextSize).
MAX_EDGES, MAX_TEXT = 500, 50_000


def render(graph: GraphView, view: View) -> Iterator[str]:
    """Yield the document's lines.

    A graph above the limits of Mermaid is condensed: its largest tiers are drawn as one node each.
    """
    lines = list(_document(graph))
    collapse: list[str] = []
    largest = sorted(graph.tiers, key=lambda tier: -len(tier.drivers))
    while _is_too_large(lines) and len(collapse) < len(largest):
        collapse.append(largest[len(collapse)].name)
        lines = list(_document(collapsed(graph, collapse)))
    yield lines[0]
    if collapse:
        tiers = "1 tier is drawn as a node" if len(collapse) == 1 else f"{len(collapse)} tiers are drawn as a node each"
        view.warn(f"Mermaid draws at most {MAX_EDGES} edges and {MAX_TEXT} characters, so {tiers}")
        yield f"  %% condensed, for Mermaid draws at most {MAX_EDGES} edges: tiers are one node each"
    yield from lines[1:]


def _is_too_large(lines: Sequence[str]) -> bool:
    edges = sum(any(shaft in line for shaft in (" --> ", " -.-> ", " ---|", " -->|", " -.->|")) for line in lines)
    return edges > MAX_EDGES or sum(len(line) + 1 for line in lines) > MAX_TEXT


def _document(graph: GraphView) -> Iterator[str]:
    yield "flowchart BT"
    ids = {node.name: f"d{number}" for number, node in enumerate(graph.nodes, 1)}
    notes = {node.name: host_note(node.name, node.driver.host) for node in graph.nodes}
    for number, group in enumerate(graph.tiers, 1):
        yield f"  subgraph t{number}[{_label(group.name)}]"
        yield from (f"    {ids[name]}[{_label(*filter(None, (name, notes[name])))}]" for name in group.drivers)
        yield "  end"
    drawn = [(_arrow(arrow, ids), _style(arrow)) for arrow in graph.edges]
    drawn += [(_line(arrow, ids), _RED) for arrow in graph.conflicts]
    drawn += [(_pull(arrow, ids), "stroke:#808080,stroke-dasharray:1 4") for arrow in graph.pulls]
    targets = {name: f"x{number}" for number, name in enumerate(graph.dangling_targets, 1)}
    yield from (f"  {targets[name]}[{_label(name)}]:::missing" for name in targets)
    drawn += [(f"{ids[dangling.driver]} --> {targets[dangling_target(dangling)]}", _RED) for dangling in graph.dangling]
    yield from (f"  {line}" for line, _ in drawn)
    yield from (f"  linkStyle {place} {style}" for place, (_, style) in enumerate(drawn) if style)
    if targets:
        yield "  classDef missing stroke:#c00000,stroke-dasharray:4 4"
    if disabled := [ids[node.name] for node in graph.nodes if node.disabled]:
        yield "  classDef disabled stroke-dasharray:4 4,color:#808080"
        yield f"  class {','.join(disabled)} disabled"


def _label(*rows: str) -> str:
    """Return a quoted label of several rows, in which characters with a meaning for Mermaid or HTML are escaped."""
    return f'"{"<br/>".join("".join(map(_shown, row)) for row in rows)}"'


def _shown(char: str) -> str:
    if _PLAIN.fullmatch(char):
        return char
    if char.isprintable():
        return f"#{ord(char)};"
    return "".join(map(_shown, char.encode("unicode_escape").decode()))


def _arrow(arrow: EdgeView, ids: Mapping[str, str]) -> str:
    edge = arrow.edge
    rows = [arrow.label] if arrow.label else []
    rows += [f"when {edge.when}"] if edge.when else []
    rows += [quorum] if (quorum := quorum_note(edge)) else []
    shaft = "-.->" if edge.when or edge.kind is not Kind.REQUIRES else "-->"
    label = f"|{_label(*rows)}|" if rows else ""
    return f"{ids[arrow.dependent]} {shaft}{label} {ids[arrow.needed]}"


def _line(arrow: EdgeView, ids: Mapping[str, str]) -> str:
    return f'{ids[arrow.dependent]} ---|"conflicts"| {ids[arrow.needed]}'


def _pull(arrow: EdgeView, ids: Mapping[str, str]) -> str:
    rows = ["pulls", *([f"when {arrow.edge.when}"] if arrow.edge.when else [])]
    return f"{ids[arrow.dependent]} -.->|{_label(*rows)}| {ids[arrow.needed]}"


def _style(arrow: EdgeView) -> str:
    if arrow.in_cycle or arrow.inversion:
        return _RED
    return "stroke-dasharray:1 4" if arrow.edge.when else ""


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("graph", "mermaid", render),)
