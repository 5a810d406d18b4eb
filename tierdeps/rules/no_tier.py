"""TD204: a driver that names no tier, in a graph with tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Move, Severity
from tierdeps.rule_codes import NO_TIER
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Driver


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each driver whose tier is only inferred."""
    graph = context.graph
    if graph.tier_order.declared:
        unsure = _unsure(graph)
        for name in graph.membership.untiered:
            yield _finding(graph, graph.drivers[name], unsure.get(name))


def _unsure(graph: DependencyGraph) -> dict[str, str]:
    """Return the drivers whose tier follows from that of a driver whose own is misspelt, each with that driver."""
    found = {name: name for name in graph.membership.unknown}
    following = list(found)
    for name in following:
        for other in graph.membership.graph.succ[name]:
            if other not in found and graph.membership.named[other] is None:
                found[other] = found[name]
                following.append(other)
    return found


def _finding(graph: DependencyGraph, driver: Driver, misspelt: str | None) -> Finding:
    from tierdeps.analysis.fixes.places import quoted, where

    name, tier = driver.name, graph.membership[driver.name]
    because = graph.membership.inferred_from(name)
    reason = f"it needs {because}" if because else "it needs nothing of a later tier"
    evidence = Evidence(f"{name} is in tier {tier}", driver.origin, reason)
    if misspelt:
        wrong = graph.drivers[misspelt].tier
        fix = Fix(f"first correct the tier of {misspelt}, {wrong!r} (TD108): that of {name} follows from it")
    else:
        summary = f"set its tier; to keep it where it is: tier = {quoted(tier)}, {where(driver.origin)}"
        fix = Fix(summary, Move(name, tier), "verified: no driver moves")
    return RULE.finding(f"{name} has no tier; it was placed in {tier}", (name,), (evidence,), (fix,))


RULE = Rule(
    *NO_TIER,
    Severity.WARNING,
    "A driver names no tier although tiers are declared. It is placed in the latest tier among those of the\n"
    "drivers that it needs, else in the first tier. So a new dependency can move it to another tier.",
    """
[tiers]
order = ["core", "hypervisor"]
[drivers.storage]
tier = "core"
[drivers.backup]            # belongs to core, because storage does
requires = ["storage"]
""",
    "Set the tier of the driver.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
