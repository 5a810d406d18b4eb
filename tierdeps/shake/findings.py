"""What the runs have shown, as findings with the dependency to add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model import Add, Always, Evidence, Fix, Flaky, Origin, Step, requires
from tierdeps.rules.undeclared_dependency import RULE
from tierdeps.words.sentences import step_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.graph import DependencyGraph
    from tierdeps.model import Dependency, Finding
    from tierdeps.shake.outcome import Shaken, Undeclared
    from tierdeps.shake.watch.accesses import Use


def findings_of(shaken: Shaken, graph: DependencyGraph) -> tuple[Finding, ...]:
    """Return a finding for each undeclared dependency, one for each pair of drivers."""
    seen: dict[tuple[str, tuple[str, ...]], Undeclared] = {}
    for item in shaken.undeclared:
        seen.setdefault((_dependent(shaken, item), _drivers(shaken, item)), item)
    return tuple(_finding(shaken, item, graph) for item in seen.values())


def watched_findings_of(watched: Iterable[Use], graph: DependencyGraph) -> tuple[Finding, ...]:
    """Return a finding for each driver that used what another one had made, and declares no dependency."""
    return tuple(_watched_finding(use, graph) for use in watched)


def _watched_finding(use: Use, graph: DependencyGraph) -> Finding:
    name, other = use.pair
    text = (
        f"{name} used the {use.used.thing} {use.used.name} ({use.used.call}) {use.used.at:.3f} s after the start;"
        f" {other} had made it ({use.made.call}) at {use.made.at:.3f} s"
    )
    return RULE.finding(
        f"undeclared dependency: {name} needs {other}, seen in a watched run",
        (name, other),
        (Evidence(text, graph.drivers[name].origin), *_declared(graph, [other])),
        _fix(requires(other), Step(name, graph.drivers[name].phases[0]), other, graph, proof=""),
    )


def flaky_of(shaken: Shaken) -> tuple[Flaky, ...]:
    """Return the steps that failed at random."""
    steps = shaken.steps.steps
    return tuple(
        Flaky(
            steps[target.step],
            failed,
            runs,
            reason,
            stops=target.stops,
            repeatable=target in shaken.repeatable,
        )
        for target, failed, runs, reason in shaken.flaky
    )


def always_of(shaken: Shaken) -> tuple[Always, ...]:
    """Return the steps that failed in every run."""
    steps = shaken.steps.steps
    return tuple(Always(steps[target.step], reason, stops=target.stops) for target, reason in shaken.failing)


def _dependent(shaken: Shaken, item: Undeclared) -> str:
    return shaken.steps.steps[item.target.step].driver


def _drivers(shaken: Shaken, item: Undeclared) -> tuple[str, ...]:
    return tuple(dict.fromkeys(shaken.steps.steps[number].driver for number in item.providers))


def _finding(shaken: Shaken, item: Undeclared, graph: DependencyGraph) -> Finding:
    steps, table = shaken.steps.steps, item.table
    dependent, providers = steps[item.target.step], [steps[number] for number in item.providers]
    names = " or ".join(map(step_name, providers) if _by_phase(graph, providers) else _drivers(shaken, item))
    when = " when it stops" if item.target.stops else ""
    without = table.failed_without + table.passed_without
    seen = f"seen in {table.failed_without} of {without} runs"
    driver = graph.drivers[dependent.driver]
    what = f"the stop of {dependent.driver}" if item.target.stops else step_name(dependent)
    when_late = f"{names} was late" if item.late else f"it ran without {names}"
    text = (
        f"{what} failed in {table.failed_without} of {without} runs in which {when_late}, and in"
        f" {table.failed_with} of {table.failed_with + table.passed_with} runs with it"
    )
    evidence = (Evidence(text, driver.origin, item.reason), *_declared(graph, _drivers(shaken, item)))
    return RULE.finding(
        f"undeclared dependency: {dependent.driver} needs {names}{when}, {seen}",
        (dependent.driver, *_drivers(shaken, item)),
        evidence,
        _fixes(item, dependent, providers, graph),
        subject=(str(dependent),) if len(driver.phases) > 1 else (),
    )


def _declared(graph: DependencyGraph, names: Iterable[str]) -> Iterator[Evidence]:
    """Yield where drivers are declared."""
    for name in names:
        if graph.drivers[name].origin != Origin():
            yield Evidence(f"{name} is declared", graph.drivers[name].origin)


def _by_phase(graph: DependencyGraph, providers: list[Step]) -> bool:
    return any(step.phase != graph.drivers[step.driver].phases[-1] for step in providers)


def _fixes(item: Undeclared, dependent: Step, providers: list[Step], graph: DependencyGraph) -> tuple[Fix, ...]:
    if len(providers) > 1:
        names = " and ".join(step.driver for step in providers)
        return (Fix(f"let {names} provide a capability, and add it to requires of {dependent.driver}"),)
    table, name = item.table, providers[0].driver
    passed, total = table.passed_with, table.passed_with + table.failed_with
    proof = (
        f"verified: with it, {dependent.driver} passed in {passed} of {total} runs in which {name} was late"
        if item.late
        else f"verified: with it, none of the {table.failed_without} orders in which it failed is legal, and it passed"
        f" in {passed} of the {total} others"
    )
    dependency = _dependency(item, dependent, providers[0], graph)
    return _fix(dependency, dependent, name, graph, proof=proof)


def _fix(dependency: Dependency, dependent: Step, other: str, graph: DependencyGraph, *, proof: str) -> tuple[Fix, ...]:
    """Return the fix that adds a dependency; one on a later tier takes a decision."""
    rank, entry = graph.membership.rank, f"requires = [{_entry(dependency)}]"
    if rank[other] > rank[dependent.driver]:
        tier = graph.membership[other]
        return (Fix(f"move {dependent.driver} to the tier {tier} or a later one, and add {entry}"),)
    return (Fix(f"add {entry} to {dependent.driver}", Add(dependent.driver, dependency), proof),)


def _dependency(item: Undeclared, dependent: Step, needed: Step, graph: DependencyGraph) -> Dependency:
    on = needed.driver if needed.phase == graph.drivers[needed.driver].phases[-1] else str(needed)
    is_first = item.target.stops or dependent.phase == graph.drivers[dependent.driver].phases[0]
    return requires(on, phase=None if is_first else dependent.phase)


def _entry(dependency: Dependency) -> str:
    """Return how a graph file says it."""
    if dependency.phase is None:
        return f'"{dependency.target}"'
    return f'{{ on = "{dependency.target}", phase = "{dependency.phase}" }}'
