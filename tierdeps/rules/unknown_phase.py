"""TD107: a dependency that names a phase that a driver does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import nearest, suggestion
from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Severity
from tierdeps.resolution.resolve import Problem
from tierdeps.rules import Inspection, Rule
from tierdeps.words.sentences import terms_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.resolution.resolve import Unresolved


def check(inspection: Inspection) -> Iterator[Finding]:
    """Yield a finding for each phase that is not there."""
    for item in inspection.graph.unresolved:
        if item.problem is Problem.UNKNOWN_PHASE:
            owner = item.subject.rpartition(":")[0]
            evidence = (_need(item), Evidence(f"{owner} is declared", inspection.graph.drivers[owner].origin))
            drivers = dict.fromkeys((item.driver, owner))
            subject = f"{item.subject}{terms_text(item.dependency)}"
            yield RULE.finding(_message(item), drivers, evidence, _fixes(item), subject=(subject,))


def _message(item: Unresolved) -> str:
    owner, _, phase = item.subject.rpartition(":")
    near = suggestion(phase, item.candidates)
    return f"{owner} has no phase {phase!r}, only {' and '.join(item.candidates)}{near}"


def _need(item: Unresolved) -> Evidence:
    dependency = item.dependency
    own = f"{item.driver}:{dependency.phase}" if dependency.phase else item.driver
    return Evidence(
        f"{own} {dependency.kind} {dependency.target}", dependency.origin, dependency.reason, dependency.when
    )


def _fixes(item: Unresolved) -> Iterator[Fix]:
    owner = item.subject.rpartition(":")[0]
    meant = nearest(item.subject.rpartition(":")[2], item.candidates)
    for phase in sorted(item.candidates, key=lambda phase: (phase != meant, item.candidates.index(phase))):
        yield Fix(f"name {owner}:{phase} instead")


RULE = Rule(
    "TD107",
    "unknown-phase",
    Severity.ERROR,
    "A dependency names a phase, its own driver's or the target's, that this driver does not declare.",
    """
[drivers.storage]
requires = ["secret:initialise"]      # spelt initialize
[drivers.secret]
phases = ["initialize"]
""",
    "Name one of the driver's phases, or none: then the target's last phase is meant, which is when it is ready.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Offer it."""
    return (RULE,)
