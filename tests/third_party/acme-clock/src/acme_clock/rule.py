"""A rule: two clocks never agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Rule, RuleContext, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Finding


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding where there are several clocks."""
    clocks = [name for name in context.graph.drivers if "clock" in name]
    if len(clocks) > 1:
        yield RULE.finding(f"{' and '.join(clocks)} will not agree", clocks)


RULE = Rule(
    "ACME1",
    "two-clocks",
    Severity.WARNING,
    "A man with two clocks is never sure.",
    "clock, clock-2",
    "Keep one.",
    check,
)
