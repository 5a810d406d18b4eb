"""Graphs, and the data of their pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierdeps import DependencyGraph, Driver, Tier, requires
from tierdeps.analysis.timeline import Band, Bar, BarWait, Result, Row, StepNeed, Timeline, WaitReason
from tierdeps.graph.view import build_view
from tierdeps.importers import Source
from tierdeps.manager import Manager
from tierdeps.model import Step
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
TODAY = next(path for path in GRAPHS if path.name == "libvirt-today.toml")
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


def start(slow: float = 1.0) -> Timeline:
    """Return the start of three drivers, one of which takes so many seconds, and one fails at first."""
    bars = {
        "disk": Bar(Step("disk", "start"), 0.0, slow, Result.DONE),
        "first": Bar(Step("net", "start"), 0.0, 0.25, Result.RETRIED, "no <carrier>"),
        "net": Bar(Step("net", "start"), 0.5, 0.75, Result.DONE),
        "shop": Bar(Step("shop", "start"), slow, slow + 0.5, Result.DONE),
    }
    waits = (
        BarWait(bars["disk"], WaitReason.RUN, None, 0.0),
        BarWait(bars["first"], WaitReason.RUN, None, 0.0),
        BarWait(bars["net"], WaitReason.RETRY, bars["first"], 0.25),
        BarWait(bars["shop"], WaitReason.NEED, bars["disk"], 0.0),
    )
    core = Band(
        "core",
        0.0,
        slow,
        (Row("disk", (bars["disk"],), 0.0, slow), Row("net", (bars["first"], bars["net"]), 0.0, 0.75)),
    )
    late = Band("late", slow, slow + 0.5, (Row("shop", (bars["shop"],), slow, slow + 0.5),))
    needs = (StepNeed(Step("shop", "start"), Step("disk", "start"), "requires"),)
    return Timeline("shop.toml", "sha256:0", slow + 0.5, "came up", (core, late), waits, (waits[0], waits[3]), needs)
