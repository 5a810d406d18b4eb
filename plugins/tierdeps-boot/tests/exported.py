"""Random plans for exporters, and the order of a plan and of the files that were written for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tierdeps import DependencyGraph, Driver, Policy, Process, Tier, after, requires, wants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tierdeps import Export, Plan

#: Order as pairs: the second one comes after the first one.
Order = frozenset[tuple[str, str]]
TIERS = ("base", "top tier")
#: Names that other systems have to escape, and phases, of which the last one is ready.
NAMES = ("a", "b c", "d.e", "f/g", "h:i", "-j", "ü%$", "tierdeps-tier-base", "s6rc-k", '"l"')
PHASES = (("start",), ("initialize", "autostart"))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Draw a plan: each driver depends on some of those before it, in tiers that never go back."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=7, unique=True))
    tiers = sorted(draw(st.lists(st.sampled_from(TIERS), min_size=len(names), max_size=len(names))))
    drivers: list[Driver] = []
    for name, tier in zip(names, tiers, strict=True):
        needed = draw(st.lists(st.sampled_from(drivers), max_size=3)) if drivers else []
        phases = draw(st.sampled_from(PHASES))
        verbs = [draw(st.sampled_from((requires, wants, after))) for _ in needed]
        dependencies = tuple(
            verb(draw(st.sampled_from((one.name, f"{one.name}:{one.phases[0]}"))), phase=draw(st.sampled_from(phases)))
            for verb, one in zip(verbs, needed, strict=True)
        )
        process = draw(st.sampled_from((None, Process(("true",)), Process(("true",), ready="exit"))))
        if len(phases) > 1:
            process = None
        drivers.append(Driver(name, tier, phases, dependencies, process=process, policy=draw(policies())))
    return DependencyGraph(drivers, (Tier(TIERS[0]), Tier(TIERS[1], after=(TIERS[0],)))).collapse()


def policies() -> st.SearchStrategy[Policy]:
    """Return policies that differ in what a failure does."""
    return st.sampled_from((Policy(), Policy(on_failure="ignore")))  # type: ignore[arg-type]


def plan_of(*drivers: Driver) -> Plan:
    """Return the plan of drivers without tiers."""
    return DependencyGraph(drivers).collapse()


def texts(export: Export) -> dict[str, str]:
    """Return the text of each exported file."""
    found = {file.path: file.text for file in export.files}
    assert len(found) == len(export.files)
    return found


def losses(export: Export) -> list[str]:
    """Return what was lost, and of which drivers."""
    return [f"{loss.message}: {', '.join(loss.drivers)}" for loss in export.losses]


def plan_order(plan: Plan) -> Order:
    """Return which step comes after which, through everything that a plan says: waits, phases and barriers."""
    edges: dict[str, set[str]] = {}
    earlier: list[str] = []
    for tier in plan.tiers:
        members = [plan.drivers[name] for name in tier.drivers]
        for driver in members:
            for number, (step, waits) in enumerate(zip(driver.steps, driver.waits, strict=True)):
                own = {str(driver.steps[number - 1])} if number else set()
                edges[str(step)] = {*own, *(str(wait.step) for wait in waits), *earlier}
        earlier += [str(step) for driver in members for step in driver.steps]
    return closure(edges)


def closure(edges: Mapping[str, Iterable[str]]) -> Order:
    """Return all pairs that edges imply; ``edges`` has what each one comes after."""
    found: set[tuple[str, str]] = set()
    for start in edges:
        stack, seen = list(edges[start]), set[str]()
        while stack:
            needed = stack.pop()
            if needed not in seen:
                seen.add(needed)
                stack += edges.get(needed, ())
        found |= {(needed, start) for needed in seen}
    return frozenset(found)


def exported_order(edges: Mapping[str, Iterable[str]], step_of: Callable[[str], str | None]) -> Order:
    """Return the order of steps that the files of another system say; what is no step orders those around it."""
    pairs = ((step_of(needed), step_of(name)) for needed, name in closure(edges))
    return frozenset((needed, name) for needed, name in pairs if needed is not None and name is not None)


def step_units(plan: Plan, units: Iterable[str]) -> dict[str, str]:
    """Return the step of each unit; ``units`` are those of steps alone, in the order in which they were written."""
    steps = [str(step) for tier in plan.tiers for name in tier.drivers for step in plan.drivers[name].steps]
    return dict(zip(units, steps, strict=True))
