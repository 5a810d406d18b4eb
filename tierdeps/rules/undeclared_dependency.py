"""TD305: a driver needs another one and does not declare it, as runs in other legal orders have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Finding, Severity
from tierdeps.rule_codes import UNDECLARED_DEPENDENCY
from tierdeps.rules import Rule, RuleContext

if TYPE_CHECKING:
    from collections.abc import Iterable


def check(_context: RuleContext) -> Iterable[Finding]:
    """Find nothing: only runs show it, those of ``tierdeps shake``."""
    return ()


RULE = Rule(
    *UNDECLARED_DEPENDENCY,
    Severity.ERROR,
    "A driver fails whenever it starts before another driver, starts when it comes after it, and does not declare\n"
    "that it needs it. As long as the plan happens to start them in the right order, or the other one is fast\n"
    "enough, nobody notices. It cannot be found in the graph: tierdeps shake starts the drivers in other legal\n"
    "orders and reports it.",
    """
[drivers.db]
command = ["./db", "--socket", "/run/db.sock"]
[drivers.web]
command = ["./web", "--db", "/run/db.sock"]     # requires = ["db"] is missing
""",
    "Declare the dependency that the finding names; tierdeps shake --fix writes it into the graph file. If the\n"
    "driver needs one of several others, let these provide a capability, and require that.",
    check,
    on_request=True,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
