"""TD104: a capability with several providers, and none chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.graph.resolve import Problem
from tierdeps.hooks import hookimpl
from tierdeps.model import Choose, Evidence, Finding, Fix, Severity
from tierdeps.rule_codes import AMBIGUOUS_PROVIDER
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import MAX_NAMES_LISTED, listed, terms_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.graph.resolve import Unresolved


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each need whose provider cannot be told."""
    graph = context.graph
    found = [item for item in graph.unresolved if item.problem in (Problem.AMBIGUOUS, Problem.WRONG_CHOICE)]
    if not found:
        return
    from tierdeps.analysis.fixes.trial import Trials  # where there is something to fix

    trials = Trials(graph)
    for item in found:
        yield _finding(trials, item)


def _finding(trials: Trials, item: Unresolved) -> Finding:
    graph, dependency = trials.graph, item.dependency
    providers = graph.resolver.providers[item.subject][:MAX_NAMES_LISTED]
    message = f"{item.driver} {dependency.kind} {item.subject!r}, which {_enumerate(item)}"
    need = Evidence(
        f"{item.driver} {dependency.kind} {dependency.target}",
        dependency.origin,
        dependency.reason,
        dependency.when,
        "on",
        dependency.target,
    )
    offers = (
        Evidence(f"{name} provides {item.subject}", graph.drivers[name].origin, key="provides", name=item.subject)
        for name in providers
    )
    return RULE.finding(
        message,
        (item.driver, *providers),
        (need, *offers),
        _fixes(trials, item),
        subject=_subject(item),
        anchors=(item.driver,),
        blocks=(item.driver,),
    )


def _fixes(trials: Trials, item: Unresolved) -> list[Fix]:
    """Return the choices, those last that would cause something else: who looks for one of them finds out why."""
    from tierdeps.analysis.fixes.providers import choice_text
    from tierdeps.analysis.fixes.trial import ranked

    capability = item.subject
    return ranked(
        trials.fix(
            Choose(capability, name),
            f"choose {name}: {choice_text(capability, name, item.dependency.origin)}",
            f"the dependency of {item.driver} is unambiguous",
        )
        for name in trials.graph.resolver.providers[capability][:MAX_NAMES_LISTED]
        if name != item.driver
    )


def _subject(item: Unresolved) -> Iterator[str]:
    """Yield what the finding is about: who else provides the capability makes no difference, a wrong choice does."""
    yield f"{item.subject}{terms_text(item.dependency)}"
    if item.problem is Problem.WRONG_CHOICE:
        yield f"chosen: {item.candidates[0]}"


def _enumerate(item: Unresolved) -> str:
    if item.problem is Problem.WRONG_CHOICE:
        choice, *providers = item.candidates
        return f"{choice!r} is chosen, but only {listed(providers, separator=' and ')} can provide it"
    return f"{len(item.candidates)} drivers provide: {listed(item.candidates)}; none is chosen"


RULE = Rule(
    *AMBIGUOUS_PROVIDER,
    Severity.ERROR,
    "A driver requires or wants a capability that several drivers provide, and no provider is chosen.",
    """
[drivers.storage]
requires = ["secret-lookup"]
[drivers.secret]
provides = ["secret-lookup"]
[drivers.config]
provides = ["secret-lookup"]
""",
    'Choose the provider in the table [choose] of the settings or of the graph file: capability = "driver". Each\n'
    "choice offered was tried on your graph; one that would cause another error comes last and says so. The verbs\n"
    "after, before and conflicts apply to all providers and need no choice.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
