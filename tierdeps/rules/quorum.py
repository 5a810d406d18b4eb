"""TD111: a quorum of more drivers than there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.graph.resolve import Problem
from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Replace, Severity
from tierdeps.rule_codes import QUORUM
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import absence_text, counted, terms_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.graph.resolve import Unresolved


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each quorum that cannot be reached."""
    for item in context.graph.unresolved:
        if item.problem is Problem.QUORUM:
            yield _finding(context.graph, item)


def _finding(graph: DependencyGraph, item: Unresolved) -> Finding:
    dependency, present = item.dependency, len(item.candidates)
    atleast = dependency.coupling.atleast
    text = f"{item.driver} requires at least {atleast} of {dependency.target}"
    absent = sorted({driver.when for driver in graph.absent_meant_by(item.subject) if driver.when is not None})
    others = f"; others are absent: {absence_text(absent)}" if absent else ""
    message = f"{text}, which {'is' if present == 1 else 'are'} {counted(present, 'driver')}{others}"
    lower = replace(dependency, coupling=replace(dependency.coupling, atleast=present))
    return RULE.finding(
        message,
        (item.driver,),
        (Evidence(text, dependency.origin, dependency.reason, dependency.when, "on", dependency.target),),
        (
            Fix(f"require at most {present}: atleast = {present}", Replace(item.driver, dependency, lower)),
            Fix(f"declare more drivers that {dependency.target!r} means"),
        ),
        subject=(f"{dependency.target}{terms_text(dependency)}", f"atleast: {atleast}"),
    )


RULE = Rule(
    *QUORUM,
    Severity.ERROR,
    "A driver requires that at least so many of several drivers are ready, and there are fewer: the quorum can never\n"
    "be reached. The driver itself does not count, nor does one that is absent because its fact does not hold.",
    """
[drivers.mon]
hosts = ["ceph1", "ceph2", "ceph3"]
[drivers.osd]
requires = [{ on = "mon@*", atleast = 4 }]
""",
    "Lower the number, or declare more drivers that the target means.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
