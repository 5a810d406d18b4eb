"""TD106: two drivers that must not be in one plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Drop, Evidence, Finding, Fix, Kind, Severity
from tierdeps.rule_codes import CONFLICT
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import edge_evidence, need_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each pair of drivers of which one is declared to conflict with the other."""
    graph = context.graph
    if graph.activity is not None and graph.whole is graph:
        yield from _of_inactive(graph)
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


def _of_inactive(graph: DependencyGraph) -> Iterator[Finding]:
    """Yield a finding for each conflict between what one driver requires, if that is not active: it never can be.

    Drivers that are not active conflict with nothing otherwise. Those that are dropped are reported by TD208.
    """
    together = set(graph.conflicts)
    apart = [edge for edge in graph.declared_conflicts if edge not in together]
    if not apart:
        return
    from tierdeps.analysis.fixes.trial import Trials

    requirers, trials = Requirers(graph), Trials(graph)
    excused = graph.activity.excused if graph.activity else frozenset()
    seen: set[tuple[str, str]] = set()
    for edge in apart:
        one, other = sorted((edge.dependent.driver, edge.needed.driver))
        both = (requirers.of(one) & requirers.of(other)) - excused
        if both and (one, other) not in seen:
            seen.add((one, other))
            yield _unplannable(trials, min(both - {one, other} or both), (one, other), edge)


def _unplannable(trials: Trials, name: str, pair: tuple[str, str], edge: Edge) -> Finding:
    one, other = pair if name != pair[1] else reversed(pair)
    what = f"{one} requires {other}" if name == one else f"{name} requires both"
    return RULE.finding(
        f"{one} and {other} conflict, and {what}: it is not active, and can never be",
        dict.fromkeys((name, *sorted(pair))),
        (edge_evidence(edge),),
        (_together(trials, [edge]),),
        subject=(f"required by {name}",),
    )


class Requirers:
    """Which drivers require others, directly or not; each of them is looked for once."""

    def __init__(self, graph: DependencyGraph) -> None:
        self._dependents: dict[str, list[str]] = {}
        for edge in graph.edges:
            if edge.kind is Kind.REQUIRES:
                self._dependents.setdefault(edge.needed.driver, []).append(edge.dependent.driver)
        self._found: dict[str, frozenset[str]] = {}

    def of(self, name: str) -> frozenset[str]:
        """Return a driver and those that require it."""
        if name not in self._found:
            reached, unvisited = {name}, [name]
            while unvisited:
                new = [one for one in self._dependents.get(unvisited.pop(), ()) if one not in reached]
                reached.update(new)
                unvisited.extend(new)
            self._found[name] = frozenset(reached)
        return self._found[name]


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
    "Two drivers that are declared to conflict with each other are in the same graph. In a graph with targets: both\n"
    "are active, or a driver that is not active requires both, and so can never be.",
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
