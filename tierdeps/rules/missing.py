"""TD103: a required driver or capability that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import nearest
from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Replace, Severity
from tierdeps.resolution.resolve import Problem
from tierdeps.rules import Inspection, Rule
from tierdeps.value import replace
from tierdeps.words.sentences import terms_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.fixes.trial import Trials
    from tierdeps.graph import DependencyGraph
    from tierdeps.resolution.resolve import Unresolved


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding for each required target that nobody is."""
    found = [item for item in inspection.graph.unresolved if item.problem is Problem.MISSING]
    if not found:
        return
    from tierdeps.fixes.trial import Trials  # where there is something to fix

    trials = Trials(inspection.graph)
    for item in found:
        yield _finding(trials, item)


def _finding(trials: Trials, item: Unresolved) -> Finding:
    dependency = item.dependency
    if item.subject in trials.graph.resolver.providers:
        message = f"{item.driver} requires {item.subject!r}, which no driver but itself provides"
    else:
        message = f"{item.driver} requires {item.subject!r}, which is no driver, and which no driver provides"
    evidence = Evidence(
        f"{item.driver} requires {dependency.target}", dependency.origin, dependency.reason, dependency.when
    )
    subject = f"{item.subject}{terms_text(dependency)}"
    return RULE.finding(message, (item.driver,), (evidence,), _fixes(trials, item), subject=(subject,))


def _fixes(trials: Trials, item: Unresolved) -> Iterator[Fix]:
    from tierdeps.fixes.places import is_in_graph_file, where

    dependency, place = item.dependency, where(item.dependency.origin)
    if near := _near(trials.graph, item):
        change = Replace(item.driver, dependency, replace(dependency, target=near))
        yield trials.fix(change, f"correct the name to {near!r}, if that is meant, {place}", "the name is known")
    yield Fix(_declare(item))
    optional = Replace(item.driver, dependency, replace(dependency, optional=True))
    said = "optional = true" if is_in_graph_file(dependency.origin) else "optional=True"
    yield trials.fix(optional, f"if it may be absent, declare that: {said}, {place}", "it may be absent")


def _near(graph: DependencyGraph, item: Unresolved) -> str | None:
    """Return the target that is most likely meant; a phase that is named stays, if there is one like it."""
    known = {*graph.drivers, *graph.resolver.providers} - {item.driver, item.subject}
    name, colon, phase = item.subject.rpartition(":")
    owner = nearest(name, known) if colon else None
    if owner is None:
        return nearest(item.subject, known)
    providers = (owner,) if owner in graph.drivers else graph.resolver.providers[owner]
    meant = nearest(phase, {phase for provider in providers for phase in graph.drivers[provider].phases})
    return f"{owner}:{meant}" if meant else owner


def _declare(item: Unresolved) -> str:
    """Return how it comes to be there: with a graph file on the command line, plugins bring no drivers."""
    from tierdeps.fixes.places import is_in_graph_file, table_of

    origin = item.dependency.origin
    if is_in_graph_file(origin):
        name = item.subject
        return f"declare it in {origin.file}: a driver {table_of(name)}, or {name!r} in provides of another driver"
    install = "install the plugin that brings it, or " if origin.distribution else ""
    return f"{install}declare a driver that is named {item.subject!r} or provides it"


RULE = Rule(
    "TD103",
    "missing",
    Severity.ERROR,
    "A driver requires something that is neither the name of a driver nor a capability that one provides.",
    """
[drivers.storage]
requires = ["secrets"]      # the driver is named secret
[drivers.secret]
""",
    "Correct the name, declare the driver, or declare the dependency optional where the driver can do without. With a\n"
    "graph file what is required has to stand in it, or in another one given beside it; without one it can come from\n"
    "an installed plugin.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Offer it."""
    return (RULE,)
