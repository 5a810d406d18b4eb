"""Graphs, and the data of their pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierdeps import DependencyGraph, Driver, Tier, requires
from tierdeps.graph.view import build_view
from tierdeps.importers import Source
from tierdeps.manager import Manager
from tierdeps.page import check_document, graph_document
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import check_graph
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model import CheckReport

MANAGER = Manager(Settings(), path=[])
GRAPHS = sorted(
    path for path in (Path(__file__).parents[2] / "graphs").iterdir() if path.suffix in {".toml", ".json", ".jsonl"}
)
#: What HTML, JavaScript, JSON and terminals could take for their own.
HOSTILE = (
    "</script><script>document.title='run'</script>",
    "<img src=x onerror=document.title='run'>",
    "{{script}}",
    "\"&quot;'`${document.title}",
    "a\nb\u2028c\x00d\x1b[31m",
    "\u202egnp.exe",
    "::error::x ##[group]",
    "größe 日本 🚀",
    "\ud800",
    "__proto__",
    "constructor",
    "x" * 200,
    "a&driver=b#why=c%00+d",
)


def load(path: Path) -> DependencyGraph:
    """Read a graph file."""
    source = Source(path.name, path, path.read_bytes())
    importer = next(importer for importer in MANAGER.importers() if importer.recognises(source))
    return DependencyGraph.of(importer.read(source))


def report_on(graph: DependencyGraph) -> CheckReport:
    """Check a graph."""
    return check_graph(RuleContext(graph), tuple(MANAGER.rules()))


def checked(graph: DependencyGraph) -> dict[str, Any]:
    """Return the data of the page of ``check``."""
    return check_document(graph, report_on(graph))


def drawn(drivers: Iterable[Driver], tiers: Iterable[Tier] = ()) -> dict[str, Any]:
    """Return the data of the page of ``graph``."""
    return graph_document(build_view(DependencyGraph(tuple(drivers), tuple(tiers)).with_all_facts()))


def ladder(count: int, tiers: int = 5) -> tuple[list[Driver], list[Tier]]:
    """Return drivers in tiers, of which each needs three earlier ones."""
    names = [f"tier-{number}" for number in range(tiers)]
    found = [Tier(name, after=(names[at - 1],) if at else ()) for at, name in enumerate(names)]
    size = count // tiers
    drivers = [
        Driver(
            f"driver-{at:05}",
            tier=names[min(at // size, tiers - 1)],
            dependencies=tuple(
                requires(f"driver-{other:05}")
                for other in sorted({at - 1 - at % 7, at // 2, at // 3})
                if 0 <= other < at
            ),
        )
        for at in range(count)
    ]
    return drivers, found


def tangle() -> DependencyGraph:
    """Return 40 drivers that need each other in many cycles."""
    names = [f"node-{at:02}" for at in range(40)]
    drivers = tuple(
        Driver(name, dependencies=tuple(requires(names[other]) for other in {(at * 7 + 3) % 40, (at + 1) % 40} - {at}))
        for at, name in enumerate(names)
    )
    return DependencyGraph(drivers)


def hostile() -> DependencyGraph:
    """Return drivers whose names are hostile, each of which needs the next one."""
    ends = zip(HOSTILE, (*HOSTILE[1:], ""), strict=True)
    return DependencyGraph(
        tuple(
            Driver(
                name,
                tier=name,
                description=name,
                dependencies=(requires(other, reason=HOSTILE[0]),) if other else (),
            )
            for name, other in ends
        ),
        tuple(Tier(name) for name in HOSTILE),
    )
