"""TD401: a baseline entry that excuses nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Origin, Severity
from tierdeps.rule_codes import STALE_BASELINE
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each entry whose finding is gone."""
    for entry in context.baseline_diff.stale:
        message = f"the baseline has an entry for a finding that no longer exists: {entry.identity}"
        evidence = Evidence(f"{entry.identity} is excused", entry.origin or Origin(), entry.reason)
        fixes = (Fix(f"remove the entries that match no finding: {context.baseline_diff.command} --prune"),)
        yield RULE.finding(message, entry.identity.drivers, (evidence,), fixes, subject=(str(entry.identity),))


RULE = Rule(
    *STALE_BASELINE,
    Severity.ERROR,
    "A baseline entry excuses a finding that no longer exists: it was fixed, or it has changed into another one.\n"
    "If the entry stayed, the same problem could come back unnoticed.",
    """
# tierdeps.baseline.toml, and nothing in the graph needs qemu any more:
[[known]]
code = "TD101"
graphs = ["site.toml"]
edges = ["qemu -> storage", "storage -> qemu"]
reason = "storage asks qemu for secrets until the configuration driver can"
""",
    "Remove the entry: tierdeps check --prune, with the same GRAPH, removes all such entries of that graph and no\n"
    "others.",
    check,
    on_baseline=True,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
