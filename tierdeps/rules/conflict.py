"""TD106: two drivers that must not be in one plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Drop, Evidence, Finding, Fix, Severity
from tierdeps.rule_codes import CONFLICT
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import edge_evidence, need_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.model import Edge


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each pair of drivers of which one is declared to conflict with the other."""
    graph = context.graph
    if not graph.conflicts:
        return
    from tierdeps.analysis.fixes.trial import Trials  # where there is something to fix

    trials = Trials(graph)
    pairs: dict[tuple[str, str], list[Edge]] = {}
    for edge in graph.conflicts:
        one, other = sorted((edge.dependent.driver, edge.needed.driver))
        pairs.setdefault((one, other), []).append(edge)
    for (one, other), edges in sorted(pairs.items()):
        facts = {edge.when or "" for edge in edges}
        condition = "" if "" in facts else f"only when {' or '.join(sorted(facts))}"
        evidence = (edge_evidence(edge) for edge in edges)
        fixes = (*_disabling(trials, (one, other), edges), _together(trials, edges))
        message = f"{one} and {other} conflict{condition and ', '}{condition}"
        yield RULE.finding(message, (one, other), evidence, fixes, subject=(condition,) if condition else ())


def _disabling(trials: Trials, pair: tuple[str, str], edges: list[Edge]) -> Iterator[Fix]:
    """Offer to disable either driver, first the one that fewer others require."""
    from tierdeps.analysis.fixes.disabling import disable_fix, required_by

    for name in sorted(pair, key=lambda name: (len(required_by(trials.graph, name)), name)):
        yield disable_fix(trials, name, [edge.origin for edge in edges], "the conflict is gone")


def _together(trials: Trials, edges: list[Edge]) -> Fix:
    """Offer to remove what says that the two conflict."""
    from tierdeps.analysis.fixes.places import where

    declared = {(edge.declarer, edge.dependency): edge for edge in edges}
    summary = "if both can run together, remove"
    if len(declared) == 1:
        edge = edges[0]
        change = Drop(edge.declarer, edge.dependency)
        return trials.fix(change, f"{summary}: {need_text(edge)}, {where(edge.origin)}", "the conflict is gone")
    parts = (Evidence(need_text(edge), edge.origin, edge.reason, edge.when) for edge in declared.values())
    return Fix(f"{summary} all {len(declared)} of these:", None, "", tuple(parts))


RULE = Rule(
    *CONFLICT,
    Severity.ERROR,
    "Two drivers that are declared to conflict with each other are in the same graph.",
    """
[drivers.nodedev-udev]
conflicts = ["nodedev-hal"]
[drivers.nodedev-hal]
""",
    "Disable one of them: add its name to disable, in the settings or in the graph file. A disabled driver keeps\n"
    "its place in the order and conflicts with nothing, but drivers that require it start without it. Or omit the\n"
    "plugin that declares one of them.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
