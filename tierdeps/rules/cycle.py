"""TD101: drivers that need each other in a cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Finding, Severity
from tierdeps.rule_codes import CYCLE
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import cycle_evidence, facts_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Cycle

#: Of a longer path, only the first and last drivers are shown.
MAX_PATH = 12
#: The number of members besides those of the path that are named.
MAX_OTHERS = 8


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield one finding for each component of steps that need each other."""
    graph = context.graph
    if not graph.cycles():
        return
    from tierdeps.analysis.fixes.cycle import cycle_fixes  # where there is something to fix
    from tierdeps.analysis.fixes.trial import Trials

    trials = Trials(graph)
    for cycle in graph.cycles():
        fixes = cycle_fixes(trials, cycle)
        evidence = cycle_evidence(cycle, graph.drivers)
        yield RULE.finding(_message(cycle), cycle.members, evidence, fixes, cycle)


def _message(cycle: Cycle) -> str:
    path = cycle.path
    if len(path) > MAX_PATH:
        path = (*path[: MAX_PATH // 2], "...", *path[-MAX_PATH // 2 :])
    size = len(cycle.members)
    told = f"{' -> '.join(path)}{facts_text(cycle.when)}"
    if size == len(cycle.edges):
        return f"{size} drivers need each other in a cycle: {told}"
    others = sorted(set(cycle.members).difference(cycle.path))
    named = f" (the others: {', '.join(others)})" if len(others) <= MAX_OTHERS else ""
    one = "a shortest one" if cycle.shortest else "a short one"
    return f"{size} drivers depend on each other in cycles{named}; {one} is {told}"


RULE = Rule(
    *CYCLE,
    Severity.ERROR,
    "Some drivers need each other in a closed path, so that none of them can be the first to start.\n"
    "One shortest cycle is shown for each group of drivers that are entangled; an arrow a -> b says that a needs b.\n"
    "A cycle that depends on facts exists only on hosts where these facts hold.",
    """
[drivers.storage]
requires = ["qemu"]
[drivers.qemu]
requires = ["storage"]
""",
    "Every fix that is offered has been tried on your graph. The best is mostly to need less: another provider of\n"
    "the same capability, or one phase of the other driver instead of all of it. Removing dependencies is the last\n"
    "resort: each was declared for a reason. Of several sets that are as small, one of soft dependencies comes first,\n"
    "then one of conditional ones, then one of drivers that few others need.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
