"""TD108: a tier that nobody declares, or tiers that come after each other."""

from __future__ import annotations

from functools import cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from tierdeps._util.suggest import KnownNames, meant
from tierdeps.hooks import hookimpl
from tierdeps.model import Evidence, Finding, Fix, Move, Severity, Unorder
from tierdeps.rule_codes import TIER
from tierdeps.rules import Rule, RuleContext
from tierdeps.words.sentences import MAX_NAMES_LISTED, listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tierdeps.analysis.fixes.trial import Trials
    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Driver, Origin


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each unknown tier that is named, and for each cycle of tiers."""
    graph = context.graph
    if not (graph.membership.unknown or graph.tier_order.unknown or graph.tier_order.cycles):
        return
    from tierdeps.analysis.fixes.trial import Trials  # where there is something to fix

    trials, names = Trials(graph), KnownNames(graph.tier_order.declared)
    nearest = cache(names.nearest)  # many drivers can be in one tier
    for name in graph.membership.unknown:
        yield _unknown_to_driver(trials, name, nearest(str(graph.drivers[name].tier)))
    yield from _unknown_to_tiers(graph, names)
    said: dict[tuple[str, str], list[Origin]] = {}
    for earlier, later, origin in graph.tier_order.relations if graph.tier_order.cycles else ():
        said.setdefault((earlier, later), []).append(origin)
    for path in graph.tier_order.cycles:
        yield _cycle(trials, path, said)


def _unknown_to_driver(trials: Trials, name: str, near: str | None) -> Finding:
    driver, declared = trials.graph.drivers[name], trials.graph.tier_order.declared
    tier = str(driver.tier)
    evidence = Evidence(f"{name} is in tier {tier}", driver.origin, key="tier", name=tier)
    message = f"{name} is in tier {tier!r}, which is not declared{meant(near)}"
    fixes = (*_correct(trials, driver, near), *_declare(tier, driver.origin, declared))
    return RULE.finding(message, (name,), (evidence,), fixes, subject=(tier,))


def _correct(trials: Trials, driver: Driver, near: str | None) -> Iterator[Fix]:
    """Offer the tier that is most likely meant."""
    from tierdeps.analysis.fixes.places import where

    if near:
        summary = f"correct the name to {near!r}, if that is meant, {where(driver.origin, 'tier')}"
        yield trials.fix(Move(driver.name, near), summary, "the tier is declared")


def _unknown_to_tiers(graph: DependencyGraph, names: KnownNames) -> Iterator[Finding]:
    declared = graph.tier_order.declared
    for earlier, later, origin in graph.tier_order.unknown:
        for missing in sorted(tier for tier in {earlier, later} if tier not in declared):
            near = meant(names.nearest(missing))
            evidence = Evidence(f"the tier {later} comes after {earlier}", origin, name=missing)
            message = f"the tier {missing!r} is in an order of tiers, but is not declared{near}"
            yield RULE.finding(message, (), (evidence,), _declare(missing, origin, declared), subject=(missing,))


def _declare(tier: str, origin: Origin, declared: Collection[str]) -> Iterator[Fix]:
    """Offer to name a tier that is declared, or to declare this one."""
    from tierdeps.analysis.fixes.places import is_in_graph_file, quoted

    if declared:
        yield Fix(f"use a tier that is declared: {listed(tuple(islice(declared, MAX_NAMES_LISTED)), len(declared))}")
    in_order = f"put {quoted(tier)} into order, in [tiers] of {origin.file}"
    how = in_order if is_in_graph_file(origin) else f"Tier({tier!r})"
    yield Fix(f"declare it: {how}{'' if declared else '; no tier is declared'}")


def _cycle(trials: Trials, path: tuple[str, ...], said: Mapping[tuple[str, str], Sequence[Origin]]) -> Finding:
    """Walk a cycle; a relation that several declare goes only with all that do."""
    from tierdeps.analysis.fixes.trial import ranked

    arrows = list(pairwise(path))
    evidence = (
        Evidence(f"the tier {later} comes after {earlier}", origin)
        for later, earlier in arrows
        for origin in said[earlier, later]
    )
    fixes = ranked(
        trials.fix(
            Unorder(earlier, later),
            f"remove the order of {later} after {earlier}, declared in {' and '.join(map(str, origins))}",
            "this cycle of tiers is gone",
        )
        for later, earlier in arrows
        for origins in (said[earlier, later],)
    )
    message = f"tiers come after each other in a cycle: {' -> '.join(path)}"
    return RULE.finding(message, (), evidence, fixes, subject=map(" -> ".join, arrows))


RULE = Rule(
    *TIER,
    Severity.ERROR,
    "A driver or an order names a tier that is not declared, or tiers are declared to come after each other in a\n"
    "cycle.",
    """
[tiers]
order = ["core", "hypervisor"]
[drivers.qemu]
tier = "hypervisors"      # declared as hypervisor
""",
    "Name a declared tier, declare the missing one, or remove one of the declarations that form the cycle.",
    check,
)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rule of this file."""
    return (RULE,)
