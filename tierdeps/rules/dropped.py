"""TD208: a driver that is wanted or pulled, and that cannot be in the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Kind, Severity
from tierdeps.rule_codes import DROPPED
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import declared_evidence, edge_evidence, need_text, terms_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.graph import DependencyGraph
    from tierdeps.graph.activity import Dropped


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each driver that is omitted from the plan, although active ones want or pull it."""
    graph = context.graph
    for item in graph.activity.dropped if graph.activity else ():
        yield _finding(graph, item)


def sentence(graph: DependencyGraph, item: Dropped) -> str:
    """Return what brings a driver in that cannot be in the plan, and why it cannot."""
    verbs = " and ".join(dict.fromkeys("wanted" if edge.kind is Kind.WANTS else "pulled" for edge in item.wanted))
    return f"{item.driver} is {verbs} by {_listed(_wanting(item))} and cannot be in the plan: {_why(graph, item)}"


def _wanting(item: Dropped) -> tuple[str, ...]:
    return tuple(dict.fromkeys(edge.dependent.driver for edge in item.wanted))


def _finding(graph: DependencyGraph, item: Dropped) -> Finding:
    return RULE.finding(
        sentence(graph, item),
        (item.driver, *_wanting(item)),
        _evidence(item),
        _fixes(item),
        subject=(_lacking(item),),
        anchors=(item.driver,),
        blocks=(),
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _why(graph: DependencyGraph, item: Dropped) -> str:
    """Return what is in the way, and the requirements that lead there."""
    chain = ", which ".join(f"requires {edge.needed.driver}" for edge in item.chain)
    prefix = f"it {chain}, which " if chain else "it "
    if item.missing is not None:
        absent = " is absent" if graph.absent_meant_by(item.missing.subject) else " nothing is"
        return f"{prefix}requires {item.missing.subject!r}, which{absent}"
    last = item.chain[-1].needed.driver if item.chain else item.driver
    ends = (item.conflict.dependent.driver, item.conflict.needed.driver) if item.conflict else ()
    rival = next(end for end in ends if end != last)
    if rival in (item.driver, *(edge.needed.driver for edge in item.chain)):
        return f"{prefix}conflicts with {rival}"
    is_active = graph.activity is not None and rival in graph.activity.active
    return f"{prefix}conflicts with {rival}, which {'is in it' if is_active else f'{item.driver} requires too'}"


def _lacking(item: Dropped) -> str:
    """Return what the finding is about, independent of the dependents."""
    if item.missing is not None:
        return f"{item.missing.driver} requires {item.missing.subject}{terms_text(item.missing.dependency)}"
    return need_text(item.conflict) if item.conflict else ""


def _evidence(item: Dropped) -> Iterator[Evidence]:
    for edge in item.wanted:
        evidence = edge_evidence(edge)
        yield evidence
    yield from map(edge_evidence, item.chain)
    if item.missing is not None:
        yield declared_evidence(item.missing.driver, item.missing.dependency)
    if item.conflict is not None:
        yield edge_evidence(item.conflict)


def _fixes(item: Dropped) -> Iterator[Fix]:
    from tierdeps.analysis.fixes.places import can_be_optional, how_to_declare, how_to_make_optional, where

    if item.missing is not None:
        origin = item.missing.dependency.origin
        yield Fix(how_to_declare(item.missing.subject, origin))
        if can_be_optional(origin):
            yield Fix(how_to_make_optional(origin))
    for edge in item.wanted:
        yield Fix(f"if it is not meant to be there, remove: {need_text(edge)}, {where(edge.origin)}")


RULE = Rule(
    *DROPPED,
    Severity.WARNING,
    "A graph has targets, and something that is to be active wants or pulls a driver that cannot be in the plan: it\n"
    "requires what is not there, or conflicts with a driver that is in the plan. The plan is made without it, and\n"
    "without what only it would bring. What a target requires is another matter: an error there leaves no plan.",
    """
targets = ["system"]
[drivers.system]
wants = ["printer"]
[drivers.printer]
requires = ["spooler"]      # no driver has this name
""",
    "Declare or install what is missing, or remove what wants the driver. Of two drivers that conflict, the one that\n"
    "a target requires stays, else the one that is found first, from the targets on.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
