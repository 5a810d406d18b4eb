"""TD207: a driver requires one that is disabled, or one that is absent where a fact does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.hooks import hookimpl
from tierdeps.model import Choose, Enable, Evidence, Finding, Fix, Kind, OnSkipped, Replace, Severity, Step, Topic
from tierdeps.rule_codes import DISABLED_REQUIREMENT
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import edge_evidence, need_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each driver that is started and each disabled one that it requires.

    Only neighbours of disabled drivers are visited, because there may be a million other drivers.
    """
    graph = context.graph
    yield from _disabled_targets(graph)
    yield from _conditional_requirements(graph)
    disabled = graph.declarations.disabled & graph.drivers.keys()
    found = [
        edges
        for needed in sorted(disabled)
        for dependent in sorted(set(graph.membership.graph.succ[needed]) - disabled)
        if (edges := _requirements(graph, dependent, needed))
    ]
    if not found:
        return
    from tierdeps.analysis.fixes.trial import Trials  # where there is something to fix

    trials = Trials(graph)
    for edges in found:
        yield _finding(trials, edges)


def _disabled_targets(graph: DependencyGraph) -> Iterator[Finding]:
    """Yield a finding for each target of the graph that is disabled, so that only what it needs is started."""
    disabled = graph.declarations.disabled
    stated = graph.declarations.statements_on(Topic.TARGETS) if disabled else {}
    for target in graph.declarations.targets if disabled else ():
        meant = graph.whole.meant_by(target)
        if meant and disabled.issuperset(meant):
            yield RULE.finding(
                f"{target} is to be active, and it is disabled: what it needs is started, but not it",
                meant,
                (Evidence(f"targets: {target}", item.origin) for item in stated.get(target, ())),
                (Fix(f"remove {target!r} from disable, or from targets"),),
                subject=(f"targets.{target}",),
            )


def _conditional_requirements(graph: DependencyGraph) -> Iterator[Finding]:
    """Yield a finding for each driver that requires one that is there only under a fact, where it is there without it.

    Only in the worst case, where every fact is taken as true: elsewhere such a driver is there, or missing (TD103).
    """
    if graph.declarations.known_facts is None:
        return
    for fact, drivers in sorted(graph.conditional_drivers.items()):
        for needed in sorted({driver.name for driver in drivers} & graph.drivers.keys()):
            if graph.drivers[needed].when == fact:
                for dependent in sorted(graph.membership.graph.succ[needed]):
                    edges = [edge for edge in _requirements(graph, dependent, needed) if _is_left(graph, edge, fact)]
                    if edges:
                        yield _finding_of_condition(edges, fact)


def _is_left(graph: DependencyGraph, edge: Edge, fact: str) -> bool:
    """Return whether a requirement is there where the fact of the required driver does not hold."""
    unconditional = fact not in (edge.when, graph.drivers[edge.dependent.driver].when)
    return unconditional and edge.declarer != edge.needed.driver and edge.dependency.needs_target


def _finding_of_condition(edges: list[Edge], fact: str) -> Finding:
    from tierdeps.analysis.fixes.places import can_be_optional, how_to_make_optional, quoted, where

    dependent, needed, first = edges[0].dependent.driver, edges[0].needed.driver, edges[0]
    fixes = [Fix(f"require it only then: when = {quoted(fact)}, {where(first.origin)}")]
    if can_be_optional(first.origin):
        fixes.append(Fix(how_to_make_optional(first.origin)))
    return RULE.finding(
        f"{dependent} requires {needed}, which is there only when {fact}: elsewhere {dependent} cannot be started",
        (dependent, needed),
        map(edge_evidence, edges),
        fixes,
        subject=(*map(need_text, edges), f"when {fact}"),
    )


def _requirements(graph: DependencyGraph, dependent: str, needed: str) -> list[Edge]:
    """Return what a driver requires of another; it can do without what is optional, unless that blocks it."""
    steps = (Step(dependent, phase) for phase in graph.drivers[dependent].phases)
    edges = (edge for step in steps for edge in graph.edges_of(step) if edge.needed.driver == needed)
    return [edge for edge in edges if edge.is_required or edge.dependency.blocks_skipped]


def _finding(trials: Trials, edges: list[Edge]) -> Finding:
    dependent, needed = edges[0].dependent.driver, edges[0].needed.driver
    facts = {edge.when or "" for edge in edges}
    condition = "" if "" in facts else f", only when {' or '.join(sorted(facts))}"
    blocked = any(edge.dependency.blocks_skipped for edge in edges)
    outcome = "it is blocked" if blocked else "it starts without it"
    return RULE.finding(
        f"{dependent} requires {needed}, which is disabled: {outcome}{condition}",
        (dependent, needed),
        map(edge_evidence, edges),
        _fixes(trials, edges),
        subject=map(need_text, edges),
    )


def _fixes(trials: Trials, edges: list[Edge]) -> list[Fix]:
    """Offer what is then required no longer, or is there; last what would cause something else."""
    from tierdeps.analysis.fixes.disabling import disable_fix
    from tierdeps.analysis.fixes.places import settings_place, where
    from tierdeps.analysis.fixes.trial import ranked

    dependent, needed = edges[0].dependent.driver, edges[0].needed.driver
    origins = [edge.origin for edge in edges]
    enabled = f"remove {needed!r} from disable, {settings_place(origins)}"
    fixes = [
        trials.fix(Enable(needed), enabled, f"{needed} is started"),
        disable_fix(trials, dependent, origins, f"{dependent} is not started either"),
        *_other_providers(trials, edges),
    ]
    if len(edges) == 1:
        (edge,) = edges
        soft = Kind.WANTED_BY if edge.dependency.kind is Kind.REQUIRED_BY else Kind.WANTS
        wanted = replace(edge.dependency, kind=soft, skipped=OnSkipped.PASS)
        softer = Replace(edge.declarer, edge.dependency, wanted)
        summary = f"if it can do without, declare {soft} instead of {edge.dependency.kind}, {where(edge.origin)}"
        fixes.append(trials.fix(softer, summary, f"{dependent} can do without"))
    else:
        fixes.append(Fix("if it can do without, declare wants instead of requires"))
    return ranked(fixes)


def _other_providers(trials: Trials, edges: list[Edge]) -> Iterator[Fix]:
    """Offer other drivers for a capability, where nothing else of the disabled driver is required."""
    from tierdeps.analysis.fixes.providers import choice_text

    first, graph = edges[0], trials.graph
    if first.needed_as == first.needed.driver or len({edge.needed_as for edge in edges}) > 1:
        return
    unfit = {first.dependent.driver, *graph.declarations.disabled}
    for name in sorted(set(graph.resolver.providers[first.via]) - unfit):
        summary = f"choose {name}: {choice_text(first.via, name, first.origin)}"
        yield trials.fix(Choose(first.via, name), summary, f"{name} is started")


RULE = Rule(
    *DISABLED_REQUIREMENT,
    Severity.WARNING,
    "A driver requires a driver that is disabled, in the settings or in the graph file, or targets names such a\n"
    "driver. A disabled driver keeps its place in the order but is not started, so the driver that requires it\n"
    'starts without it, or is blocked if its dependency has skipped = "block". To start nothing in this case, make\n'
    'the finding an error: severity = { TD207 = "error" } in the settings. check also reports a driver that\n'
    "requires one that is absent if a fact does not hold.",
    """
disable = ["storage"]
[drivers.storage]
[drivers.qemu]
requires = ["storage"]
""",
    "Enable the driver again, disable what requires it too, or declare wants instead of requires if it can do\n"
    "without.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
