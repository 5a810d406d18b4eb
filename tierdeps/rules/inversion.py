"""TD102: a dependency on a driver of a later tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Severity
from tierdeps.rule_codes import INVERSION
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import arrow_text, edge_evidence, facts_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge, Fix


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each dependency that crosses a barrier the wrong way."""
    graph = context.graph
    if not graph.inversions:
        return
    from tierdeps.analysis.fixes.inversion import InversionFixes  # where there is something to fix

    fixes = InversionFixes(graph)
    for edge in graph.inversions:
        yield _finding(graph, edge, fixes.of(edge))


def _finding(graph: DependencyGraph, edge: Edge, fixes: tuple[Fix, ...]) -> Finding:
    dependent, needed = edge.dependent.driver, edge.needed.driver
    tier = graph.membership
    fact = facts_text([edge.when] if edge.when else [])
    message = (
        f"{dependent} in tier {tier[dependent]} needs {needed}, which starts in the later tier {tier[needed]}{fact}"
    )
    evidence = (edge_evidence(edge), _place(graph, dependent), _place(graph, needed))
    subject = (arrow_text(edge),)
    return RULE.finding(message, (dependent, needed), evidence, fixes, subject=subject, blocks=(dependent,))


def _place(graph: DependencyGraph, name: str) -> Evidence:
    """Return why a driver is in its tier."""
    driver, tier = graph.drivers[name], graph.membership[name]
    if driver.tier == tier:
        return Evidence(f"{name} is in tier {tier}", driver.origin, key="tier", name=tier)
    because = graph.membership.inferred_from(name)
    needs = because or "nothing of a later tier"
    named = f"names the tier {driver.tier}, which is not declared," if driver.tier else "names no tier,"
    reason = f"it {named} and needs {needs}"
    return Evidence(f"{name} is in tier {tier}", driver.origin, reason)


RULE = Rule(
    *INVERSION,
    Severity.ERROR,
    "A driver needs a driver of a later tier. A tier is a barrier: nothing in a later tier starts before\n"
    "everything in the earlier tiers is ready. So the dependency cannot be met when the driver starts.",
    """
[tiers]
order = ["core", "hypervisor"]
[drivers.storage]
tier = "core"
requires = ["qemu"]
[drivers.qemu]
tier = "hypervisor"
""",
    "Move one of the two drivers to another tier, depend on a driver of an earlier tier instead, or remove the\n"
    "dependency. A move that would add another inversion is not offered.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
