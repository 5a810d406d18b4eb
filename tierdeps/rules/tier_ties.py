"""TD202: tiers without an order between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Severity
from tierdeps.rule_codes import TIER_TIES
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tierdeps.model import Origin


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each two neighbours among the tiers that only their names put in order."""
    order = context.graph.tier_order
    for earlier, later in order.unordered:
        evidence = (
            Evidence(f"the tier {tier.name} is declared", tier.origin)
            for name in (earlier, later)
            for tier in order.declared[name]
        )
        fixes = _fixes(earlier, later, {tier.origin for name in (earlier, later) for tier in order.declared[name]})
        message = f"the order of the tiers {earlier} and {later} is not declared; by name, {earlier} comes first"
        yield RULE.finding(message, (), evidence, fixes, subject=(earlier, later))


def _fixes(earlier: str, later: str, origins: Collection[Origin]) -> Iterator[Fix]:
    """Yield how the order is declared where these tiers are: in a graph file, in Python, or in both."""
    from tierdeps.analysis.fixes.places import is_in_graph_file, quoted

    if not all(map(is_in_graph_file, origins)):
        yield Fix(f"declare their order: Tier({later!r}, after=({earlier!r},)), or the other way round")
    for file in sorted({origin.file for origin in origins if is_in_graph_file(origin)}):
        names = f"{quoted(earlier)} and {quoted(later)}"
        yield Fix(f"declare their order: {names} in order, the earlier one first, in [tiers] of {file}")


RULE = Rule(
    *TIER_TIES,
    Severity.WARNING,
    "Nothing declares the order of two tiers, so they are ordered by name. Renaming one of them could change when\n"
    "drivers start.",
    """
Tier("core")
Tier("network")      # neither after core nor before it
""",
    "Declare their order, with after or before of one of the tiers, or merge the two into one.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
