"""TD103: a required driver or capability that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.graph.resolve import Problem
from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Replace, Severity
from tierdeps.rule_codes import MISSING
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import terms_text, unknown_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.graph.resolve import Unresolved


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each required target that nobody is."""
    found = [item for item in context.graph.unresolved if item.problem is Problem.MISSING]
    if not found:
        return
    from tierdeps.analysis.fixes.names import TargetNames  # where there is something to fix
    from tierdeps.analysis.fixes.trial import Trials

    names, trials = TargetNames(context.graph), Trials(context.graph)
    for item in found:
        yield _finding(trials, item, names.nearest_to(item.subject, item.driver))


def _finding(trials: Trials, item: Unresolved, near: str | None) -> Finding:
    dependency = item.dependency
    if item.subject in trials.graph.resolver.providers:
        message = f"{item.driver} requires {item.subject!r}, which no driver but itself provides"
    else:
        message = f"{item.driver} requires {item.subject!r}, {unknown_text(item.subject)}"
    evidence = Evidence(
        f"{item.driver} requires {dependency.target}", dependency.origin, dependency.reason, dependency.when
    )
    subject = f"{item.subject}{terms_text(dependency)}"
    return RULE.finding(message, (item.driver,), (evidence,), _fixes(trials, item, near), subject=(subject,))


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
    """Return the rule of this file."""
    return (RULE,)
