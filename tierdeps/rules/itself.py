"""TD109: a driver that needs itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.graph.resolve import Problem
from tierdeps.hooks import hookimpl
from tierdeps.model import Drop, Evidence, Finding, Fix, Severity
from tierdeps.rule_codes import ITSELF
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import terms_text

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each dependency of a driver on its own name."""
    for item in context.graph.unresolved:
        if item.problem is Problem.ITSELF:
            dependency = item.dependency
            text = f"{item.driver} {dependency.kind} {dependency.target}"
            evidence = Evidence(text, dependency.origin, dependency.reason, dependency.when, "on", dependency.target)
            fix = Fix(f"remove it: {text}", Drop(item.driver, dependency))
            message = f"{item.driver} is declared to depend on itself ({dependency.kind} {dependency.target!r})"
            subject = (f"{item.subject}{terms_text(dependency)}",)
            yield RULE.finding(message, (item.driver,), (evidence,), (fix,), subject=subject)


RULE = Rule(
    *ITSELF,
    Severity.ERROR,
    "A driver is declared to depend on itself. The order of its own phases is known already, so such a dependency\n"
    "has no meaning.",
    """
[drivers.storage]
requires = ["storage"]
""",
    "Remove the dependency. To depend on another provider of the same capability, name the capability: a driver\n"
    "never satisfies its own dependency on one.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
