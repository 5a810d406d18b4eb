"""A graph as text: tier by tier, stage by stage, each driver with what it needs below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.model import Kind
from tierdeps.words.sentences import counted, host_note, quorum_note

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.graph.resolve import Unresolved
    from tierdeps.graph.view import EdgeView, GraphView, NodeView, TierView
    from tierdeps.model import Edge
    from tierdeps.words.palette import Palette

#: A tier without an order is told as if it were one stage without a number.
_UNORDERED = 0


def render(graph: GraphView, view: View) -> Iterator[str]:
    """Yield the graph's lines."""
    yield _summary(graph)
    nodes = {node.name: node for node in graph.nodes}
    below = _Below(graph, nodes.values(), view)  # large graphs make their nodes at each reading
    for group in graph.tiers:
        yield ""
        yield f"tier {view.palette('tier', printable(group.name))}"
        for number, stage in _stages(group):
            indent = "  "
            if number != _UNORDERED:
                yield f"  stage {number}"
                indent = "    "
            for name in stage:
                yield f"{indent}{_named(nodes[name], view.palette)}"
                yield from (f"{indent}  {line}" for line in below.lines(name))


def _summary(graph: GraphView) -> str:
    number = len(graph.edges)
    dependencies = f"{number} {'dependency' if number == 1 else 'dependencies'}"
    counts = (counted(len(graph.tiers), "tier"), counted(len(graph.nodes), "driver"), dependencies)
    order = "" if graph.ordered else "; it has no start order (for the reason: tierdeps check)"
    return f"{', '.join(counts)}{order}"


def _stages(group: TierView) -> Iterator[tuple[int, tuple[str, ...]]]:
    return enumerate(group.stages, 1) if group.stages else iter([(_UNORDERED, group.drivers)])


def _named(node: NodeView, palette: Palette) -> str:
    when = f"  (when {printable(node.driver.when)})" if node.driver.when is not None else ""
    where = host_note(node.name, node.driver.host)
    marks = f"{f'  {where}' if where else ''}{when}{'  (disabled)' if node.disabled else ''}"
    return f"{palette('driver', printable(node.name))}{marks}"


class _Below:
    """What stands below a driver: all that leads away from it."""

    def __init__(self, graph: GraphView, nodes: Iterable[NodeView], view: View) -> None:
        self._view = view
        self._tier = {node.name: node.tier for node in nodes}
        self._arrows: dict[str, list[EdgeView]] = {}
        for arrow in (*graph.edges, *graph.conflicts, *graph.pulls):
            self._arrows.setdefault(arrow.dependent, []).append(arrow)
        self._dangling: dict[str, list[Unresolved]] = {}
        for dangling in graph.dangling:
            self._dangling.setdefault(dangling.driver, []).append(dangling)

    def lines(self, name: str) -> Iterator[str]:
        for arrow in self._arrows.get(name, ()):
            yield self._marked(printable(_requirement(arrow)), self._trouble(arrow))
            if self._view.explain or self._view.verbose:
                yield from _why(arrow.edge)
        for dangling in self._dangling.get(name, ()):
            dependency = dangling.dependency
            yield self._marked(printable(f"{dependency.kind} {dependency.target}"), str(dangling.problem))

    def _trouble(self, arrow: EdgeView) -> str:
        """Return what is wrong with an arrow, if something is."""
        parts = ["cycle"] if arrow.in_cycle else []
        if arrow.inversion:
            parts.append(f"inversion: {printable(self._tier[arrow.needed])} is a later tier")
        return ", ".join(parts)

    def _marked(self, line: str, trouble: str) -> str:
        if not trouble:
            return line
        line = f"{line}  [{trouble}]"
        return self._view.palette("bad", line)


def _requirement(arrow: EdgeView) -> str:
    """Return what is needed, in which phases, and under which fact."""
    edge = arrow.edge
    verb = {Kind.BEFORE: "after", Kind.CONFLICTS: "conflicts with"}.get(edge.kind, str(edge.kind))
    via = f" as {edge.via}" if edge.needed_as != edge.needed.driver else ""
    phases = f", {arrow.label}" if arrow.label else ""
    fact = f", when {edge.when}" if edge.when else ""
    said = f" ({arrow.needed} says so)" if edge.dependency.kind.is_mirrored else ""
    note = quorum_note(edge)
    quorum = f", one of {note}" if note else ""
    return f"{verb} {arrow.needed}{via}{quorum}{phases}{fact}{said}"


def _why(edge: Edge) -> Iterator[str]:
    if edge.reason:
        yield f"    because {printable(edge.reason)}"
    yield f"    declared by {printable(str(edge.origin))}"


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the format of this file."""
    return (Format("graph", "text", render, prose=True),)
