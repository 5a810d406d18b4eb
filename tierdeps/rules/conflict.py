"""TD106: two drivers that must not be in one plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Disable, Drop, Evidence, Finding, Fix, Kind, Severity
from tierdeps.rules import Inspection, Rule
from tierdeps.words.sentences import edge_evidence, need_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.fixes.trial import Trials
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge

#: So many drivers that require another one are named.
NAMED = 5


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding for each pair of drivers of which one is declared to conflict with the other."""
    graph = inspection.graph
    if not graph.conflicts:
        return
    from tierdeps.fixes.trial import Trials  # where there is something to fix

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
    from tierdeps.fixes.places import quoted, settled_at_top

    place = settled_at_top(edge.origin for edge in edges)
    required_by = {name: _required_by(trials.graph, name) for name in pair}
    for name in sorted(pair, key=lambda name: (len(required_by[name]), name)):
        summary = f"disable {name}: disable = [{quoted(name)}], {place}; {_needed(required_by[name])}"
        yield trials.fix(Disable(name), summary, "the conflict is gone")


def _required_by(graph: DependencyGraph, name: str) -> list[str]:
    return sorted(
        {edge.dependent.driver for edge in graph.edges if edge.kind is Kind.REQUIRES and edge.needed.driver == name}
        - graph.declarations.disabled
    )


def _needed(names: list[str]) -> str:
    """Return what it means for others that a driver is disabled."""
    if not names:
        return "no driver requires it"
    shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    verb = "requires it, and then requires" if len(names) == 1 else "require it, and then require"
    return f"{shown} {verb} what is disabled (TD207)"


def _together(trials: Trials, edges: list[Edge]) -> Fix:
    """Offer to remove what says that the two conflict."""
    from tierdeps.fixes.places import where

    declared = {(edge.declarer, edge.dependency): edge for edge in edges}
    summary = "if both can be in one plan, remove"
    if len(declared) == 1:
        edge = edges[0]
        change = Drop(edge.declarer, edge.dependency)
        return trials.fix(change, f"{summary}: {need_text(edge)}, {where(edge.origin)}", "the conflict is gone")
    parts = (Evidence(need_text(edge), edge.origin, edge.reason, edge.when) for edge in declared.values())
    return Fix(f"{summary} all {len(declared)} of these:", None, "", tuple(parts))


RULE = Rule(
    "TD106",
    "conflict",
    Severity.ERROR,
    "A driver is declared to conflict with another one, and both are there.",
    """
[drivers.nodedev-udev]
conflicts = ["nodedev-hal"]
[drivers.nodedev-hal]
""",
    "Disable one of them: its name in disable, in the settings or in the graph file. A driver that is disabled keeps\n"
    "its place in the order, and conflicts with nothing; drivers that require it have to do without. Or omit the\n"
    "plugin that brings one of them.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Offer it."""
    return (RULE,)
