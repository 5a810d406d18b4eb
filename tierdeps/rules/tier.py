"""TD108: a tier that nobody declares, or tiers that come after each other."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tierdeps.errors import suggestion
from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Severity
from tierdeps.rules import Inspection, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding for each unknown tier that is named, and for each cycle of tiers."""
    graph = inspection.graph
    yield from _unknown_to_drivers(graph)
    yield from _unknown_to_tiers(graph)
    for path in graph.tier_order.cycles:
        yield _cycle(graph, path)


def _unknown_to_drivers(graph: DependencyGraph) -> Iterator[Finding]:
    declared = graph.tier_order.declared
    for name in graph.membership.unknown:
        driver = graph.drivers[name]
        near = suggestion(str(driver.tier), declared)
        evidence = Evidence(f"{name} is of the tier {driver.tier}", driver.origin)
        message = f"{name} is of the tier {driver.tier!r}, which nobody declares{near}"
        yield RULE.finding(message, (name,), (evidence,), _fixes(declared), subject=(str(driver.tier),))


def _unknown_to_tiers(graph: DependencyGraph) -> Iterator[Finding]:
    declared = graph.tier_order.declared
    for earlier, later, origin in graph.tier_order.unknown:
        for missing in sorted({earlier, later} - declared.keys()):
            near = suggestion(missing, declared)
            evidence = Evidence(f"the tier {later} comes after {earlier}", origin)
            message = f"the tier {missing!r} is put in order, but nobody declares it{near}"
            yield RULE.finding(message, (), (evidence,), _fixes(declared), subject=(missing,))


def _fixes(declared: object) -> tuple[Fix, ...]:
    names = ", ".join(declared) if isinstance(declared, dict) else ""
    return (Fix(f"name one that is declared: {names}" if names else "declare it: no tier is declared"),)


def _cycle(graph: DependencyGraph, path: tuple[str, ...]) -> Finding:
    said = {(earlier, later): origin for earlier, later, origin in reversed(graph.tier_order.relations)}
    evidence = tuple(
        Evidence(f"the tier {later} comes after {earlier}", said[earlier, later]) for later, earlier in pairwise(path)
    )
    fixes = tuple(Fix(f"take away that {item.text}, said by {item.origin}") for item in evidence)
    message = f"tiers come after each other in a cycle: {' -> '.join(path)}"
    return RULE.finding(message, (), evidence, fixes, subject=map(" -> ".join, pairwise(path)))


RULE = Rule(
    "TD108",
    "tier",
    Severity.ERROR,
    "A tier is named that nobody declares, or tiers are declared to come after each other in a closed path.",
    """
[tiers]
order = ["core", "hypervisor"]
[drivers.qemu]
tier = "hypervisors"      # declared as hypervisor
""",
    "Name a tier that is declared, declare the missing one, or take back one of the orders that close the path.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Offer it."""
    return (RULE,)
