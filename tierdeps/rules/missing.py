"""TD103: a required driver or capability that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import nearest
from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Kind, Replace, Severity
from tierdeps.resolution.resolve import Problem
from tierdeps.rules import Inspection, Rule
from tierdeps.value import replace
from tierdeps.words.sentences import terms_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.resolution.resolve import Unresolved


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding for each required target that nobody is."""
    for item in inspection.graph.unresolved:
        if item.problem is Problem.MISSING:
            yield _finding(inspection.graph, item)


def _finding(graph: DependencyGraph, item: Unresolved) -> Finding:
    dependency = item.dependency
    if item.subject in graph.resolver.providers:
        message = f"{item.driver} requires {item.subject!r}, which no driver but itself provides"
    else:
        message = f"{item.driver} requires {item.subject!r}, which is no driver, and which no driver provides"
    evidence = Evidence(
        f"{item.driver} requires {dependency.target}", dependency.origin, dependency.reason, dependency.when
    )
    subject = f"{item.subject}{terms_text(dependency)}"
    return RULE.finding(message, (item.driver,), (evidence,), _fixes(graph, item), subject=(subject,))


def _fixes(graph: DependencyGraph, item: Unresolved) -> Iterator[Fix]:
    known = {*graph.drivers, *graph.resolver.providers} - {item.driver, item.subject}
    if near := nearest(item.subject, known):
        change = Replace(item.driver, item.dependency, replace(item.dependency, target=near))
        yield Fix(f"name {near!r}, if that is meant ({item.dependency.origin})", change)
    yield Fix(f"install or declare a driver that is named {item.subject!r} or provides it")
    yield Fix("if it can do without, declare wants instead of requires", _softer(item))


def _softer(item: Unresolved) -> Replace:
    return Replace(item.driver, item.dependency, replace(item.dependency, kind=Kind.WANTS))


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
    "Correct the name, install the plugin that brings the driver, or declare wants where it can do without.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Offer it."""
    return (RULE,)
