"""TD204: a driver that names no tier, in a graph with tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Move, Severity
from tierdeps.rules import Inspection, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Driver


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding for each driver whose tier is only inferred."""
    graph = inspection.graph
    if graph.tier_order.declared:
        for driver in graph.drivers.values():
            if driver.tier is None:
                yield _finding(graph, driver)


def _finding(graph: DependencyGraph, driver: Driver) -> Finding:
    name, tier = driver.name, graph.membership[driver.name]
    because = graph.membership.because(name)
    reason = f"it needs {because}" if because else "it needs nothing of a later one"
    evidence = Evidence(f"{name} belongs to the tier {tier}", driver.origin, reason)
    fix = Fix(f"name the tier that is meant; where it is now: tier = {tier!r}", Move(name, tier))
    return RULE.finding(f"{name} names no tier; it is put into {tier}", (name,), (evidence,), (fix,))


RULE = Rule(
    "TD204",
    "no-tier",
    Severity.WARNING,
    "A driver names no tier, though there are tiers. It belongs to the latest tier among what it needs, else to the\n"
    "first: a new dependency can move it.",
    """
[tiers]
order = ["core", "hypervisor"]
[drivers.storage]
tier = "core"
[drivers.backup]            # belongs to core, because storage does
requires = ["storage"]
""",
    "Name the tier that is meant.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Offer it."""
    return (RULE,)
