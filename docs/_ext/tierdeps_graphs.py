"""Pictures of graphs: dependencies, the states of drivers and runs, and tiers with their stages and phases."""

from __future__ import annotations

import json
import shutil
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from sphinx.util import logging
from tierdeps_drawings import Arrow, Drawing
from tierdeps_pictures import Picture, tierdeps

from tierdeps.executor.run import RUN_TRANSITIONS
from tierdeps.model.report import TRANSITIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from docutils import nodes

PHASE_WIDTH, PHASE_HEIGHT, PAD, TITLE, LETTER = 74, 22, 10, 22, 7.4
#: What changes a driver's state, where its name alone does not say it.
MARKS = {
    ("pending", "skipped"): "probe",
    ("pending", "adopted"): "adopt",
    ("starting", "ready"): "all phases done",
    ("starting", "pending"): "cancelled",
    ("ready", "ready"): "degraded",
    ("ready", "failed"): "lost",
    ("ready", "stopping"): "stop",
}


def graph(document: dict[str, Any], title: str) -> Drawing:
    """Return the drawing of a graph, as ``tierdeps graph --format json`` describes it: what is needed stands left."""
    edges = document["edges"]
    arrows = [
        Arrow(
            edge["from"],
            edge["to"],
            _label(edge),
            dashed=bool(edge["when"]) or edge["kind"] != "requires",
            hot=edge["in_cycle"] or edge["inversion"],
        )
        for edge in edges
    ]
    sorter = TopologicalSorter[str](dict.fromkeys(document["drivers"], ()))
    for arrow in arrows:
        if not arrow.hot:
            sorter.add(arrow.source, arrow.target)
    place = {name: number for number, name in enumerate(sorter.static_order())}
    used = {name for arrow in arrows for name in arrow[:2]}
    names = [(tier["name"], sorted(tier["drivers"], key=place.__getitem__)) for tier in document["tiers"]]
    groups = [(name if len(names) > 1 else "", tuple(each for each in tier if each in used)) for name, tier in names]
    return Drawing(title, tuple(groups), tuple(arrows), "RL")


def _label(edge: dict[str, Any]) -> str:
    """Return what is written at an arrow: its condition; at one in a cycle or inversion the phases too."""
    phases = (edge["label"] or "").replace("->", "→") if edge["in_cycle"] or edge["inversion"] else ""
    return "\n".join(filter(None, (phases, f"when {edge['when']}" if edge["when"] else "")))


def states(transitions: Mapping[Any, Any], title: str, marks: Mapping[tuple[str, str], str] = MARKS) -> Drawing:
    """Return the drawing of states, with an arrow for each transition."""
    arrows = [
        Arrow(str(state), str(to), marks.get((state, to), ""), hot=str(to) in ("failed", "blocked"))
        for state, following in transitions.items()
        for to in sorted(following)
    ]
    return Drawing(title, (("", tuple(map(str, transitions))),), tuple(arrows))


class GraphPicture(Picture):
    """``.. tierdeps-graph:: FILE``: a graph file's dependencies. Drivers without any are not drawn."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        name = self.arguments[0]
        self.file(name)
        document = json.loads(tierdeps("graph", name, "--format", "json", root=self.root))
        return self.shown(graph(document, f"The dependencies of {name}").svg())


class StatesPicture(Picture):
    """``.. tierdeps-states:: driver`` or ``run``: the states that the executor enforces."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        of_driver = self.arguments[0] == "driver"
        table: Mapping[Any, Any] = TRANSITIONS if of_driver else RUN_TRANSITIONS
        return self.shown(states(table, f"The states of a {self.arguments[0]}").svg())


class TiersPicture(Picture):
    """``.. tierdeps-tiers:: FILE``: the plan of a graph file as tiers, stages, drivers and phases."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the picture."""
        name = self.arguments[0]
        self.file(name)
        return self.shown(tiers(json.loads(tierdeps("order", name, "--format", "json", root=self.root))))


def tiers(document: dict[str, Any]) -> str:
    """Draw the document of ``tierdeps order --format json``: time goes from left to right, a bar ends each tier."""
    parts: list[str] = []
    x, height = 2.0, 0.0
    for tier in document["tiers"]:
        left, inner = x, x + PAD
        for number, stage in enumerate(tier["stages"], 1):
            width, bottom = _stage(parts, inner, number, {name: document["drivers"][name]["phases"] for name in stage})
            inner, height = inner + width + PAD, max(height, bottom)
        x = inner
        title = f'<text x="{left + PAD}" y="18" font-weight="bold">tier {escape(tier["name"])}</text>'
        parts += [
            title,
            f'<rect x="{left}" y="2" width="{x - left}" height="HEIGHT" rx="8" fill="none" stroke="currentColor"/>',
        ]
        if tier is not document["tiers"][-1]:
            middle = x + PAD + 2
            parts.append(f'<path d="M{middle} 2v HEIGHT" stroke="#2471a3" stroke-width="5"/>')
            parts.append(f'<text x="{middle}" y="CAPTION" text-anchor="middle" fill="#2471a3">barrier</text>')
        x += 2 * PAD + 4
    size = f'viewBox="0 0 {x} {height + 2 * PAD + 20}" width="{x}"'
    body = "\n".join(parts).replace("HEIGHT", str(height + PAD - 2)).replace("CAPTION", str(height + PAD + 16))
    head = f'<svg role="img" xmlns="http://www.w3.org/2000/svg" {size} fill="currentColor" font-size="12">'
    return f"{head}\n<title>Tiers, stages, drivers and their phases</title>\n{body}\n</svg>"


def _stage(parts: list[str], x: float, number: int, drivers: dict[str, list[str]]) -> tuple[float, float]:
    """Add a stage; return its width, and where it ends."""
    phases = max(len(phases) for phases in drivers.values())
    names = max(len(name) for name in drivers) * LETTER
    width, y = max(phases * (PHASE_WIDTH + 4) + PAD, names + 2 * PAD), 30.0
    parts.append(f'<text x="{x}" y="{y + 10}" font-size="11" opacity="0.7">stage {number}</text>')
    y += 18
    for name, steps in drivers.items():
        box = f'width="{width}" height="{PHASE_HEIGHT + TITLE + PAD}" rx="6"'
        parts.append(f'<rect x="{x}" y="{y}" {box} fill="#54aeff" fill-opacity="0.16" stroke="#54aeff"/>')
        parts.append(f'<text x="{x + 8}" y="{y + 16}" font-weight="bold">{escape(name)}</text>')
        for place, phase in enumerate(steps):
            left = x + 6 + place * (PHASE_WIDTH + 4)
            cell = f'x="{left}" y="{y + TITLE}" width="{PHASE_WIDTH}" height="{PHASE_HEIGHT}"'
            parts.append(f'<rect {cell} rx="4" fill="#54aeff" fill-opacity="0.35"/>')
            centre = f'x="{left + PHASE_WIDTH / 2}" y="{y + TITLE + 15}"'
            parts.append(f'<text {centre} text-anchor="middle" font-size="11">{escape(phase)}</text>')
        y += PHASE_HEIGHT + TITLE + 2 * PAD
    return width, y


def warn_without_graphviz(_app: Any, program: str | None = shutil.which("dot")) -> None:
    """Warn where Graphviz is not installed: a warning fails the build with ``-W``, as in CI."""
    if program is None:
        message = "dot is not installed, so graphs are drawn by a simple layout; install Graphviz (Debian: graphviz)"
        logging.getLogger(__name__).warning(message, type="tierdeps", subtype="graphviz")


def setup(app: Any) -> dict[str, bool]:
    """Add the directives."""
    app.connect("builder-inited", warn_without_graphviz)
    app.add_directive("tierdeps-graph", GraphPicture)
    app.add_directive("tierdeps-states", StatesPicture)
    app.add_directive("tierdeps-tiers", TiersPicture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
