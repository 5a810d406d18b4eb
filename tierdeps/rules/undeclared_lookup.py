"""TD303: a lifecycle that looks up what its driver does not declare to depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Finding, Severity
from tierdeps.rule_codes import UNDECLARED_LOOKUP
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Iterable


def check(_context: RuleContext) -> Iterable[Finding]:
    """Find nothing: a look-up is known only once it is made, and then it raises UndeclaredDependency."""
    return ()


RULE = Rule(
    *UNDECLARED_LOOKUP,
    Severity.ERROR,
    "A lifecycle asked its context for a driver that its own driver does not declare to depend on, or only for a\n"
    "later phase. Such a hidden dependency works or fails by luck, so the look-up raises UndeclaredDependency while\n"
    "the drivers run. No check of the graph can see it before. One that is declared under a condition that does not\n"
    "hold is no error: the look-up returns None.",
    """
class Storage(Lifecycle):
    async def autostart(self, context):
        secret = context.get("secret")      # undeclared: requires("secret", phase="autostart")
""",
    "Add the dependency that the error names to the driver, with the phase that looks it up.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
