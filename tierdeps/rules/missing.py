"""TD103: a required driver or capability that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps._util.suggest import KnownNames, meant
from tierdeps.graph.resolve import Problem
from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Replace, Severity, Topic
from tierdeps.rule_codes import MISSING
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import absence_text, terms_text, unknown_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.graph.resolve import Unresolved
    from tierdeps.model import Statement


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each required target that nobody is."""
    graph = context.graph
    if graph.activity and graph.activity.unknown:
        known = KnownNames({*graph.whole.drivers, *graph.resolver.providers})
        stated = graph.declarations.statements_on(Topic.TARGETS)
        for target in graph.activity.unknown:
            yield _unknown_target(target, known.nearest(target), stated.get(target, ()))
    excused = graph.activity.excused if graph.activity else frozenset()  # TD208 reports what these lack
    found = [item for item in graph.unresolved if item.problem is Problem.MISSING and item.driver not in excused]
    if not found:
        return
    from tierdeps.analysis.fixes.names import TargetNames  # where there is something to fix
    from tierdeps.analysis.fixes.trial import Trials

    names, trials = TargetNames(graph), Trials(graph)
    for item in found:
        absent = graph.absent_meant_by(item.subject)
        near = None if absent else names.nearest_to(item.subject, item.driver)
        yield _finding(trials, item, near, sorted({driver.when for driver in absent if driver.when is not None}))


def _unknown_target(target: str, near: str | None, stated: Iterable[Statement]) -> Finding:
    """Return the finding on a target of the graph that no driver is and none provides."""
    fixes = [Fix(f"name {near!r}, if that is meant")] if near else []
    return RULE.finding(
        f"{target!r} is to be active, {unknown_text(target)}{meant(near)}",
        (),
        (Evidence(f"targets: {target}", item.origin) for item in stated),
        (*fixes, Fix("remove it from targets, or declare the driver")),
        subject=(f"targets.{target}",),
    )


def _finding(trials: Trials, item: Unresolved, near: str | None, facts: Sequence[str]) -> Finding:
    dependency = item.dependency
    if facts:
        message = f"{item.driver} requires {item.subject!r}, which is absent: {absence_text(facts)}"
    elif item.subject in trials.graph.resolver.providers:
        message = f"{item.driver} requires {item.subject!r}, but no other driver provides it"
    else:
        message = f"{item.driver} requires {item.subject!r}, {unknown_text(item.subject)}"
    evidence = Evidence(
        f"{item.driver} requires {dependency.target}",
        dependency.origin,
        dependency.reason,
        dependency.when,
        "on",
        dependency.target,
    )
    subject = f"{item.subject}{terms_text(dependency)}"
    fixes = _fixes_of_absence(trials, item, facts) if facts else _fixes(trials, item, near)
    return RULE.finding(message, (item.driver,), (evidence,), fixes, subject=(subject,))


def _fixes_of_absence(trials: Trials, item: Unresolved, facts: Sequence[str]) -> Iterator[Fix]:
    """Offer what makes the required driver be there, or be required only where it is."""
    from tierdeps.analysis.fixes.places import (
        can_be_optional,
        how_to_make_optional,
        how_to_set_fact,
        quoted,
        where,
    )

    dependency, origin = item.dependency, item.dependency.origin
    for fact in facts:
        yield Fix(f"if it does hold, {how_to_set_fact(fact, origin)}")
    if len(facts) == 1 and dependency.when is None:
        (fact,) = facts
        conditional = Replace(item.driver, dependency, replace(dependency, when=fact))
        summary = f"require it only then: when = {quoted(fact)}, {where(origin)}"
        yield trials.fix(conditional, summary, "it is required only where it is there")
    if can_be_optional(origin):
        optional = Replace(item.driver, dependency, replace(dependency, optional=True))
        yield trials.fix(optional, how_to_make_optional(origin), "it may be absent")


def _fixes(trials: Trials, item: Unresolved, near: str | None) -> Iterator[Fix]:
    from tierdeps.analysis.fixes.places import can_be_optional, how_to_declare, how_to_make_optional, where

    dependency, origin = item.dependency, item.dependency.origin
    if near:
        change = Replace(item.driver, dependency, replace(dependency, target=near))
        yield trials.fix(
            change, f"correct the name to {near!r}, if that is meant, {where(origin)}", "the name is known"
        )
    yield Fix(how_to_declare(item.subject, origin))
    if can_be_optional(origin):
        optional = Replace(item.driver, dependency, replace(dependency, optional=True))
        yield trials.fix(optional, how_to_make_optional(origin), "it may be absent")


RULE = Rule(
    *MISSING,
    Severity.ERROR,
    "A driver requires something that is neither the name of a driver nor a capability that a driver provides, or\n"
    "whose driver is absent because its fact does not hold. The same is reported for targets in the settings.",
    """
[drivers.storage]
requires = ["secrets"]      # the driver is named secret
[drivers.secret]
""",
    "Correct the name, declare the driver, or declare the dependency optional if the driver can do without. With\n"
    "graph files, the target must be declared in one of the files given; without one, an installed plugin can\n"
    "declare it.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
