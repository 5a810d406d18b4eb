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
    "Some drivers depend on each other in a cycle, so none of them can start first. One shortest cycle is shown\n"
    "for each group of drivers that depend on each other; an arrow a -> b means that a needs b. A cycle whose\n"
    "dependencies are conditional on facts exists only on hosts where these facts hold.",
    """
[drivers.storage]
requires = ["qemu"]
[drivers.qemu]
requires = ["storage"]
""",
    "Each fix offered was tried on your graph. The best fix is usually to need less: another provider of the same\n"
    "capability, or one phase of the other driver instead of all of it. Remove a dependency only as a last resort,\n"
    "since each was declared for a reason. Among equally small sets, soft dependencies are proposed first, then\n"
    "conditional ones, then dependencies on drivers that few others need.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
