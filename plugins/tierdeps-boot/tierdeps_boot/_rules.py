"""The rules on what importers could not read, or read only in part."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tierdeps import Finding, Rule, RuleContext, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


def reported(code: str, context: RuleContext) -> Iterator[Finding]:
    """Yield what importers found under a code."""
    for finding in context.graph.declarations.findings:
        if isinstance(finding, Finding) and finding.code == code:
            yield finding


UNREADABLE = Rule(
    "BT101",
    "unreadable-entry",
    Severity.ERROR,
    "An entry of a file of another system cannot be read, so what it says about order is not known: a value of the\n"
    "wrong kind, a file that is missing, a link that leads out of the folder, a variable without a value. All other\n"
    "entries are checked nevertheless.",
    "compose.yaml:  depends_on: {db: {condition: service_helthy}}",
    "Fix the entry; where the file is right and this is not, exclude it with --ignore BT101 and report it.",
    partial(reported, "BT101"),
)
PARTLY = Rule(
    "BT102",
    "partly-converted",
    Severity.WARNING,
    "An entry of a file of another system is read, and says more about order than can be taken from its text: it is\n"
    "computed when it runs, or depends on what is chosen at the start.",
    "init.d/net:  depend() { [ -e /etc/vlan ] && need vlan; }",
    "Compare that entry by hand, or state the rest in a graph file that is given as another GRAPH.",
    partial(reported, "BT102"),
)
RULES = (UNREADABLE, PARTLY)
