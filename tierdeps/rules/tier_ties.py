"""TD202: tiers without an order between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Severity
from tierdeps.rules import Inspection, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding for each two neighbours among the tiers that only their names put in order."""
    order = inspection.graph.tier_order
    for earlier, later in order.unordered:
        evidence = (
            Evidence(f"the tier {tier.name} is declared", tier.origin)
            for name in (earlier, later)
            for tier in order.declared[name]
        )
        fixes = (
            Fix(f"say which is later: Tier({later!r}, after=({earlier!r},)), or the other way round"),
            Fix(f"in a graph file: [tiers] order, with {earlier!r} and {later!r} in it"),
        )
        message = f"nothing says which of the tiers {earlier} and {later} comes first; by name it is {earlier}"
        yield RULE.finding(message, (), evidence, fixes, subject=(earlier, later))


RULE = Rule(
    "TD202",
    "tier-ties",
    Severity.WARNING,
    "Two tiers follow each other in the order, but nobody declares that they do: their names decide, so that a tier\n"
    "of another name could change when drivers start.",
    """
Tier("core")
Tier("network")      # neither after core nor before it
""",
    "Declare the order that is meant, with after or before of one of the tiers, or merge the two into one.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Offer it."""
    return (RULE,)
