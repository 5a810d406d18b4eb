"""TD209: what a dependency says about its target's fate has no effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.hooks import hookimpl
from tierdeps.model import Finding, Fix, OnFailure, Replace, Severity, Step
from tierdeps.model.coupling import UNCOUPLED, OnLoss, OnRestart
from tierdeps.rule_codes import IDLE_COUPLING
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import edge_evidence, need_text, step_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Edge

_KEEP = {"on_loss": OnLoss.KEEP, "on_restart": OnRestart.KEEP}
#: What a target's own policy makes of the terms of a dependency on it.
_OF_POLICY = {
    (OnFailure.ABORT, "failed"): "ends the run where it fails",
    (OnFailure.ABORT, "atleast"): "ends the run where it fails",
    (OnFailure.ABORT, "on_loss"): "ends the run where it is lost",
    (OnFailure.IGNORE, "failed"): "blocks nothing where it fails",
}


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each term of a coupling that something else overrules."""
    graph = context.graph
    for edge in graph.coupled_edges:
        for key in edge.coupling.terms:
            policy = graph.drivers[edge.needed.driver].policy.on_failure
            if policy is not None and (policy, key) in _OF_POLICY:
                because = f'with on_failure = "{policy}" {edge.needed.driver} {_OF_POLICY[policy, key]}'
                yield _finding(edge, key, because)
            elif other := _overruling(graph, edge, key):
                because = f"another dependency between the two goes without it: {need_text(other)}"
                yield _finding(edge, key, because, other)


def _overruling(graph: DependencyGraph, edge: Edge, key: str) -> Edge | None:
    """Return another dependency on the same driver that couples the two, where this one is to keep them apart."""
    if key not in _KEEP or getattr(edge.coupling, key) is not _KEEP[key]:
        return None
    dependent = edge.dependent.driver
    for phase in graph.drivers[dependent].phases:
        for other in graph.edges_of(Step(dependent, phase)):
            if other.needed.driver == edge.needed.driver and _couples(other, key):
                return other
    return None


def _couples(edge: Edge, key: str) -> bool:
    stated = getattr(edge.coupling, key)
    if stated is not None:
        return stated is not _KEEP[key]
    return edge.kind == "requires" and not edge.coupling.passes_failed


def _finding(edge: Edge, key: str, because: str, *others: Edge) -> Finding:
    dependency, stated = edge.dependency, edge.coupling.terms[key]
    term = f"{key} = {stated}" if isinstance(stated, int) else f'{key} = "{stated}"'
    plain = replace(edge.coupling, **{key: getattr(UNCOUPLED, key)})
    return RULE.finding(
        f"{step_name(edge.dependent)} {edge.kind} {dependency.target} with {term}, which has no effect: {because}",
        (edge.dependent.driver, edge.needed.driver),
        map(edge_evidence, (edge, *others)),
        (Fix(f"remove {term}", Replace(edge.declarer, dependency, replace(dependency, coupling=plain))),),
        subject=(f"{need_text(edge)}, {term}",),
        anchors=(edge.declarer,),
    )


RULE = Rule(
    *IDLE_COUPLING,
    Severity.WARNING,
    "A dependency says what becomes of its driver when the target fails, is lost or starts again, and something else\n"
    "decides: the target's own on_failure, or another dependency between the two.",
    """
[drivers.web]
requires = [{ on = "cache", on_loss = "keep" }]
[drivers.cache]
on_failure = "abort"        # a loss of cache ends the run
""",
    "Remove the term, give the target another on_failure (isolate, where the rest is to go on), or say the same in\n"
    "every dependency between the two.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
