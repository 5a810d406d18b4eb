"""TD107: a dependency that names a phase that a driver does not have."""

from __future__ import annotations

from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps._util.suggest import KnownNames, meant
from tierdeps.graph.resolve import Problem
from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Replace, Severity
from tierdeps.rule_codes import UNKNOWN_PHASE
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import MAX_NAMES_LISTED, listed, terms_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.graph.resolve import Unresolved
    from tierdeps.model import Dependency


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each phase that is not there."""
    graph = context.graph
    found = [item for item in graph.unresolved if item.problem is Problem.UNKNOWN_PHASE]
    if not found:
        return
    from tierdeps.analysis.fixes.trial import Trials  # where there is something to fix

    trials, names = Trials(graph), cache(KnownNames)
    for item in found:
        owner, wrong = _parts(item)
        near = names(item.candidates).nearest(wrong)
        evidence = (_need(item), Evidence(f"{owner} is declared", graph.drivers[owner].origin, key="phases"))
        drivers = dict.fromkeys((item.driver, owner))
        subject = f"{item.subject}{terms_text(item.dependency)}"
        yield RULE.finding(_message(item, near), drivers, evidence, _fixes(trials, item, near), subject=(subject,))


def _parts(item: Unresolved) -> tuple[str, str]:
    """Return the driver and the phase that it does not have: one's own may be written with a colon in it."""
    if _is_own(item):
        return item.driver, str(item.dependency.phase)
    owner, _, phase = item.subject.rpartition(":")
    return owner, phase


def _is_own(item: Unresolved) -> bool:
    """Return whether the phase that is missing is one of the driver itself."""
    own = item.dependency.phase
    return own is not None and item.subject == f"{item.driver}:{own}"


def _message(item: Unresolved, near: str | None) -> str:
    owner, phase = _parts(item)
    return f"{owner} has no phase {phase!r}, only {listed(item.candidates, separator=' and ')}{meant(near)}"


def _need(item: Unresolved) -> Evidence:
    dependency = item.dependency
    own = f"{item.driver}:{dependency.phase}" if dependency.phase else item.driver
    key, name = ("phase", str(dependency.phase)) if _is_own(item) else ("on", dependency.target)
    text = f"{own} {dependency.kind} {dependency.target}"
    return Evidence(text, dependency.origin, dependency.reason, dependency.when, key, name)


def _fixes(trials: Trials, item: Unresolved, near: str | None) -> list[Fix]:
    """Offer each phase that there is, the one that is most likely meant first, and last those that cause something."""
    from tierdeps.analysis.fixes.places import where
    from tierdeps.analysis.fixes.trial import ranked

    owner, place = _parts(item)[0], where(item.dependency.origin)
    others = (phase for phase in item.candidates if phase != near)
    phases = islice(chain([near] if near else [], others), MAX_NAMES_LISTED)
    return ranked(
        trials.fix(
            Replace(item.driver, item.dependency, replacement),
            f"name the phase {phase!r} of {owner} instead, {place}",
            f"{owner} has the phase",
        )
        for phase in phases
        for replacement in (_with_phase(item, phase),)
    )


def _with_phase(item: Unresolved, phase: str) -> Dependency:
    """Return the dependency with a phase in place of the wrong one: its own driver's or the target's."""
    if item.subject == f"{item.driver}:{item.dependency.phase}":
        return replace(item.dependency, phase=phase)
    name = item.dependency.target.rpartition(":")[0]
    return replace(item.dependency, target=f"{name}:{phase}")


RULE = Rule(
    *UNKNOWN_PHASE,
    Severity.ERROR,
    "A dependency names a phase that the driver does not have: a phase of its own driver, or one of the target.",
    """
[drivers.storage]
requires = ["secret:initialise"]      # spelt initialize
[drivers.secret]
phases = ["initialize"]
""",
    "Name a phase of that driver, or none: by default the target's last phase is meant, after which it is ready.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
