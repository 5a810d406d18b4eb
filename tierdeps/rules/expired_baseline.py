"""TD402: a baseline entry that has expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Origin, Severity
from tierdeps.rule_codes import EXPIRED_BASELINE
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each entry that has expired while its finding is still there."""
    for entry, days in context.baseline_diff.expired:
        owner = f", owned by {entry.owner}" if entry.owner else ""
        message = f"a baseline entry expired {counted(days, 'day')} ago{owner}: {entry.identity}"
        evidence = Evidence(
            f"{entry.identity} was excused until {entry.until}", entry.origin or Origin(), entry.reason, key="until"
        )
        fixes = (Fix("fix the finding that it excused, which is reported again"), Fix("set a later date: until"))
        yield RULE.finding(message, entry.identity.drivers, (evidence,), fixes, subject=(str(entry.identity),))


RULE = Rule(
    *EXPIRED_BASELINE,
    Severity.ERROR,
    "The last day (until) of a baseline entry has passed. The entry no longer excuses its finding, which is\n"
    "reported again.",
    """
# tierdeps.baseline.toml
[[known]]
code = "TD101"
graphs = ["site.toml"]
edges = ["qemu -> storage", "storage -> qemu"]
reason = "storage asks qemu for secrets until the configuration driver can"
owner = "storage-team"
until = 2026-12-31
""",
    "Fix the finding and remove the entry, or agree on a new date with its owner.",
    check,
    on_baseline=True,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
