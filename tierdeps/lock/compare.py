"""Comparison of a lock with the current graph: drivers, dependencies and facts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.graph.collapse import plan_of_stages
from tierdeps.lock.value import declared_tiers, distributions, reference, untiered_drivers
from tierdeps.model import OnSkipped, Plan, PlannedTier, Step
from tierdeps.model.statement import ASSUMED, NOBODY, is_of_repository
from tierdeps.words.sentences import coupling_text, edge_text, facts_text, step_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.graph import DependencyGraph
    from tierdeps.lock.value import Lock
    from tierdeps.model import Inactive, PlannedDriver, Wait


def mismatches(lock: Lock, graph: DependencyGraph) -> tuple[str, ...]:
    """Return a sentence for each difference from what was locked; empty if the lock still holds.

    No order is computed here: equal declarations have equal plans.
    """
    facts = tuple(_facts(lock.plan.facts, graph.facts))
    as_locked = {**graph.declarations.facts, **lock.plan.facts}
    same_host = graph.rebuilt(replace(graph.declarations, facts=as_locked)) if facts else graph
    targets = _targets(lock.targets, graph.declarations.targets)
    return (*facts, *targets, *_tiers(lock, same_host), *_drivers(lock, same_host), *_problems(same_host))


def approve(lock: Lock, graph: DependencyGraph) -> Plan:
    """Return the locked plan for a graph without mismatches, with lifecycles that can be run."""
    return plan_of_stages(graph, lock.plan.tiers)


def as_recorded(graph: DependencyGraph, lock: Lock) -> DependencyGraph:
    """Return a graph with the facts of the lock, so that another host can check the lock.

    Facts that graph files or settings state keep their current values, and so do facts that are assumed now; facts that
    the host's plugins state do not. A fact that is assumed with the recorded value keeps its recorded source.
    """
    facts, sources = dict(graph.declarations.facts), dict(graph.declarations.fact_sources)
    for name, holds in lock.plan.facts.items():
        source, recorded = sources.get(name, NOBODY), lock.fact_sources.get(name, NOBODY)
        if is_of_repository(source) or is_of_repository(recorded) or source == recorded == NOBODY:
            continue
        if source != ASSUMED or facts[name] == holds:
            facts[name], sources[name] = holds, recorded
    if facts == dict(graph.declarations.facts) and sources == dict(graph.declarations.fact_sources):
        return graph
    return graph.rebuilt(replace(graph.declarations, facts=facts, fact_sources=sources))


def news(lock: Lock, graph: DependencyGraph) -> tuple[str, ...]:
    """Return a note for each distribution whose version has changed; the plan does not depend on versions."""
    now = distributions(graph)
    return tuple(
        f"{name} is at version {now[name]}; the plan was locked with {version}"
        for name, version in lock.distributions.items()
        if now.get(name, version) != version
    )


def _facts(locked: Mapping[str, bool], now: Mapping[str, bool]) -> Iterator[str]:
    for name in sorted(locked.keys() | now.keys()):
        if name not in now:
            yield f"no dependency is conditional on the fact {name} any more"
        elif name not in locked:
            yield f"a dependency is conditional on the fact {name}, which was locked without it"
        elif locked[name] != now[name]:
            yield f"the fact {name} is {_yes(now[name])} here, and was locked as {_yes(locked[name])}"


def _targets(locked: tuple[str, ...], now: tuple[str, ...]) -> Iterator[str]:
    if set(locked) != set(now):
        yield f"{_to_be_active(now)} to be active now, and it was locked with {_listed_targets(locked)}"


def _to_be_active(targets: tuple[str, ...]) -> str:
    if not targets:
        return "all drivers are"
    return f"{', '.join(targets)} {'is' if len(targets) == 1 else 'are'}"


def _listed_targets(targets: tuple[str, ...]) -> str:
    return f"the target{'' if len(targets) == 1 else 's'} {', '.join(targets)}" if targets else "all drivers"


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


def _tiers(lock: Lock, graph: DependencyGraph) -> Iterator[str]:
    now = declared_tiers(graph)
    yield from (f"the tier {name} is new" for name in now if name not in lock.tiers)
    for name, after in lock.tiers.items():
        if name not in now:
            yield f"the tier {name} was removed"
        elif set(now[name]) != set(after):
            yield f"the tier {name} comes after {_listed(now[name])} now, and was locked after {_listed(after)}"


def _drivers(lock: Lock, graph: DependencyGraph) -> Iterator[str]:
    locked = lock.plan.drivers
    yield from (f"the driver {name} is new" for name in graph.drivers if name not in locked)
    yield from (f"the driver {name} was removed" for name in locked if name not in graph.drivers)
    present = tuple(_present(tier, graph) for tier in lock.plan.tiers)
    unnamed = untiered_drivers(graph)
    for driver in plan_of_stages(graph, present):
        declared = graph.drivers[driver.name].tier
        if (driver.name in unnamed) != (driver.name in lock.inferred) or declared not in (None, driver.tier):
            yield f"the driver {driver.name} names {_tier(declared)} now"
        yield from _changes(locked[driver.name], driver)


def _tier(name: str | None) -> str:
    return f"the tier {name}" if name else "no tier"


def _present(tier: PlannedTier, graph: DependencyGraph) -> PlannedTier:
    stages = (tuple(name for name in stage if name in graph.drivers) for stage in tier.stages)
    return PlannedTier(tier.name, tuple(stages))


def _changes(locked: PlannedDriver, now: PlannedDriver) -> Iterator[str]:
    """Yield the differences of a driver; the distribution that declares it counts, the file and line do not."""
    name = now.name
    if now.phases != locked.phases:
        yield f"the phases of {name} are {_listed(now.phases)} now, and were {_listed(locked.phases)}"
        return
    for step, before, after in zip(now.steps, locked.waits, now.waits, strict=True):
        yield from _waits(step, before, after)
    owners = [driver.origin.distribution if driver.origin else "" for driver in (now, locked)]
    if owners[0] != owners[1]:
        yield f"{name} is declared by {owners[0] or 'a file'} now, and was by {owners[1] or 'a file'}"
    if now.disabled != locked.disabled:
        yield f"{name} is {'disabled' if now.disabled else 'no longer disabled'}"
    if now.host != locked.host:
        yield f"{name} runs {_place(now.host)} now, and ran {_place(locked.host)}"
    if sorted(now.absent) != sorted(locked.absent):
        yield f"{name} wants {_listed(now.absent)} now, which no driver is or provides; it was {_listed(locked.absent)}"
    yield from _inactive(locked, now)
    lifecycles = reference(now.lifecycle), reference(locked.lifecycle)
    if lifecycles[0] != lifecycles[1]:
        now_it_is, it_was = (found or "none" for found in lifecycles)
        yield f"the lifecycle of {name} is {now_it_is} now, and was {it_was}"
    for noun, one, other in (
        ("process", locked.process, now.process),
        ("policy", locked.policy, now.policy),
        ("timing", locked.timing, now.timing),
    ):
        if one != other:
            yield f"the {noun} of {name} has changed"


def _place(host: str | None) -> str:
    return "on no host in particular" if host is None else f"on {host}"


def _waits(step: Step, locked: Iterable[Wait], now: Iterable[Wait]) -> Iterator[str]:
    before, after = Counter(locked), Counter(now)
    yield from (f"{step_name(step)} now waits for {_wait(wait)}" for wait in (after - before))
    yield from (f"{step_name(step)} no longer waits for {_wait(wait)}" for wait in (before - after))


def _inactive(locked: PlannedDriver, now: PlannedDriver) -> Iterator[str]:
    """Yield the dependencies whose fact does not hold that were added or removed."""
    before, after = ({_declared(driver, item): None for item in driver.inactive} for driver in (locked, now))
    yield from (f"{text} now" for text in after if text not in before)
    yield from (f"{text} no longer" for text in before if text not in after)


def _declared(driver: PlannedDriver, item: Inactive) -> str:
    return f"{step_name(Step(driver.name, item.phase))} {item.kind} {item.target} only when {item.when}"


def _wait(wait: Wait) -> str:
    through = "" if wait.target == wait.step.driver else f" as {wait.target}"
    condition = facts_text([wait.when] if wait.when else [])
    skipped = "" if wait.skipped is OnSkipped.PASS else ", not skipped"
    coupling = coupling_text(wait.coupling, wait.of)
    return f"{step_name(wait.step)}{through} ({wait.kind}{condition}{skipped}{coupling})"


def _problems(graph: DependencyGraph) -> Iterator[str]:
    """Yield problems that no lock can have, because a graph with them has no plan."""
    yield from (f"{len(drivers)} drivers are named {name}" for name, drivers in graph.duplicates.items())
    off = graph.declarations.disabled
    yield from (edge_text(edge) for edge in graph.conflicts if not {edge.dependent.driver, edge.needed.driver} & off)
    for item in graph.unresolved:
        dependency = item.dependency
        yield f"{item.driver} {dependency.kind} {dependency.target}, which cannot be resolved: {item.problem}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
