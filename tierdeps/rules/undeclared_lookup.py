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
    "A lifecycle looked up a driver that its own driver does not declare to depend on, or depends on only in a\n"
    "later phase. Such a hidden dependency works only by chance, so the look-up raises UndeclaredDependency while\n"
    "the drivers run. It cannot be found in the graph before. A look-up of a declared dependency whose condition\n"
    "does not hold is no error and returns None.",
    """
class Storage(Lifecycle):
    async def autostart(self, context):
        secret = context.get("secret")      # undeclared: requires("secret", phase="autostart")
""",
    "Declare the dependency that the error names, for the phase that looks it up.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
