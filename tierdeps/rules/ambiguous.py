"""TD104: a capability with several providers, and none chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.model import Choose, Evidence, Finding, Fix, Severity
from tierdeps.resolution.resolve import Problem
from tierdeps.rules import Inspection, Rule
from tierdeps.words.sentences import terms_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.resolution.resolve import Unresolved


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding for each need whose provider cannot be told."""
    for item in inspection.graph.unresolved:
        if item.problem in (Problem.AMBIGUOUS, Problem.WRONG_CHOICE):
            yield _finding(inspection.graph, item)


def _finding(graph: DependencyGraph, item: Unresolved) -> Finding:
    dependency = item.dependency
    providers = graph.resolver.providers[item.subject]
    message = f"{item.driver} {dependency.kind} {item.subject!r}, which {_enumerate(item)}"
    need = Evidence(
        f"{item.driver} {dependency.kind} {dependency.target}", dependency.origin, dependency.reason, dependency.when
    )
    offers = (Evidence(f"{name} provides {item.subject}", graph.drivers[name].origin) for name in providers)
    fixes = (
        Fix(f'choose {name}, in the settings: [choose] "{item.subject}" = "{name}"', Choose(item.subject, name))
        for name in providers
        if name != item.driver
    )
    drivers = (item.driver, *providers)
    return RULE.finding(message, drivers, (need, *offers), fixes, subject=_subject(item), anchors=(item.driver,))


def _subject(item: Unresolved) -> Iterator[str]:
    """Yield what the finding is about: who else provides the capability makes no difference, a wrong choice does."""
    yield f"{item.subject}{terms_text(item.dependency)}"
    if item.problem is Problem.WRONG_CHOICE:
        yield f"chosen: {item.candidates[0]}"


def _enumerate(item: Unresolved) -> str:
    if item.problem is Problem.WRONG_CHOICE:
        choice, *providers = item.candidates
        return f"the settings choose {choice!r} for, but only {' and '.join(providers)} can provide it"
    return f"{len(item.candidates)} drivers provide: {', '.join(item.candidates)}; none is chosen"


RULE = Rule(
    "TD104",
    "ambiguous-provider",
    Severity.ERROR,
    "A driver requires or wants a capability that several drivers provide, and nothing says which one is meant.",
    """
[drivers.storage]
requires = ["secret-lookup"]
[drivers.secret]
provides = ["secret-lookup"]
[drivers.config]
provides = ["secret-lookup"]
""",
    "Choose the provider in the settings: in the table [choose], the capability's name with the driver's. The order\n"
    "verbs (after, before, conflicts) mean all providers and need no choice.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Offer it."""
    return (RULE,)
