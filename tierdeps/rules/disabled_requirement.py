"""TD207: a driver requires one that is disabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Choose, Finding, Fix, Kind, Replace, Severity, Step
from tierdeps.rules import Inspection, Rule
from tierdeps.value import replace
from tierdeps.words.sentences import edge_evidence, need_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding for each driver that is started and each disabled one that it requires.

    Only the neighbours of disabled drivers are looked at, since the others may be a million.
    """
    graph = inspection.graph
    disabled = graph.declarations.disabled & graph.drivers.keys()
    for needed in sorted(disabled):
        for dependent in sorted(set(graph.membership.graph.succ[needed]) - disabled):
            if edges := _requirements(graph, dependent, needed):
                yield _finding(graph, edges)


def _requirements(graph: DependencyGraph, dependent: str, needed: str) -> list[Edge]:
    """Return what a driver requires of another; it can do without what is optional."""
    steps = (Step(dependent, phase) for phase in graph.drivers[dependent].phases)
    edges = (edge for step in steps for edge in graph.edges_of(step) if edge.needed.driver == needed)
    return [edge for edge in edges if edge.kind is Kind.REQUIRES and not edge.dependency.optional]


def _finding(graph: DependencyGraph, edges: list[Edge]) -> Finding:
    dependent, needed = edges[0].dependent.driver, edges[0].needed.driver
    facts = {edge.when or "" for edge in edges}
    condition = "" if "" in facts else f", only when {' or '.join(sorted(facts))}"
    return RULE.finding(
        f"{dependent} requires {needed}, which is disabled: it is started without it{condition}",
        (dependent, needed),
        map(edge_evidence, edges),
        _fixes(graph, edges),
        subject=map(need_text, edges),
    )


def _fixes(graph: DependencyGraph, edges: list[Edge]) -> Iterator[Fix]:
    first = edges[0]
    dependent, needed = first.dependent.driver, first.needed.driver
    yield Fix(f"remove {needed!r} from disable, in the settings or in the graph file")
    yield Fix(f'disable {dependent} too, in the settings or in the graph file: disable = ["{dependent}"]')
    others = set(graph.resolver.providers[first.via]) - graph.declarations.disabled if first.via else ()
    for name in sorted(set(others) - {dependent}):
        yield Fix(
            f'choose {name}, in the settings or in the graph file: [choose] "{first.via}" = "{name}"',
            Choose(first.via, name),
        )
    softer = Replace(first.declarer, first.dependency, replace(first.dependency, kind=Kind.WANTS))
    yield Fix("if it can do without, declare wants instead of requires", softer if len(edges) == 1 else None)


RULE = Rule(
    "TD207",
    "disabled-requirement",
    Severity.WARNING,
    "A driver requires one that is disabled, in the settings or in the graph file. Order and failures pass through a\n"
    "disabled driver, but it is not started, so the other one is started without what it requires. Where that must\n"
    'not happen, make this an error: severity = { TD207 = "error" } in the settings. Then nothing is started.',
    """
disable = ["storage"]
[drivers.storage]
[drivers.qemu]
requires = ["storage"]
""",
    "Enable the driver again, disable what requires it too, or declare wants where it can do without.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Offer it."""
    return (RULE,)
