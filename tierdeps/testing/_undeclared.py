"""Looks for undeclared dependencies between drivers on the virtual clock: ``assert_no_undeclared``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.clock import Deadlock, run_virtually
from tierdeps.engines import local
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver
from tierdeps.settings import Settings
from tierdeps.shake.findings import always_of, findings_of
from tierdeps.shake.outcome import Limits
from tierdeps.shake.run import perform
from tierdeps.shake.shaker import Shaker
from tierdeps.testing._fakes import stand_ins_for
from tierdeps.testing._trial import WAITED_IN_VAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.model import Plan
    from tierdeps.reporters import Reporter
    from tierdeps.shake.evidence import Trial
    from tierdeps.shake.outcome import Shaken
    from tierdeps.shake.steps import Steps


def problems_of(
    drivers: Iterable[Driver],
    fakes: Iterable[Driver],
    settings: Mapping[str, Mapping[str, object]],
    facts: Mapping[str, bool],
    *,
    real_time: bool,
) -> tuple[str, ...]:
    """Return the undeclared dependencies in sentences, and the drivers that failed in every order."""
    graph = _graph(_drivers_of("drivers", drivers), _drivers_of("fakes", fakes), facts)
    shaken = _shaken(graph, Settings(drivers=settings), real_time=real_time)
    found = [f"{item.message}: {item.fixes[0].summary}" for item in findings_of(shaken, graph)]
    failing = [f"{item.step} failed in every order: {item.reason}" for item in always_of(shaken)]
    return (*found, *failing)


def _drivers_of(name: str, given: object) -> tuple[Driver, ...]:
    """Return the drivers of an argument. Raises TypeError, in one sentence, where it has something else."""
    if isinstance(given, Driver):
        raise TypeError(f"{name} has to be a list of drivers, not one driver: write [{given.name}]")
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"{name} has to be a list of drivers, not {given!r}")
    found = tuple(given)
    for item in found:
        if not isinstance(item, Driver):
            raise TypeError(f"{name} has to have drivers only, not {item!r}")
    return found


def _graph(drivers: tuple[Driver, ...], fakes: tuple[Driver, ...], facts: Mapping[str, bool]) -> DependencyGraph:
    whole = tuple(replace(driver, tier=None) for driver in (*drivers, *stand_ins_for(drivers, fakes)))
    mentioned = DependencyGraph(whole).mentioned_facts
    return DependencyGraph(whole, facts=dict.fromkeys(mentioned, True) | dict(facts))


def _shaken(graph: DependencyGraph, settings: Settings, *, real_time: bool) -> Shaken:
    plan = graph.collapse()
    engine = local.ENGINE if real_time else local.INLINE

    def make(ordered: Plan, reporters: Iterable[Reporter]) -> Executor:
        return Executor(
            ordered,
            engine=engine,
            reporters=reporters,
            settings=settings,
            on_failure="isolate",
            seed=0,
            allow_empty=True,
        )

    def run(steps: Steps, order: tuple[int, ...]) -> Trial:
        trial = perform(plan, steps, order, make)
        return asyncio.run(trial) if real_time else run_virtually(trial)

    try:
        return Shaker(plan, run, Limits(across_tiers=True)).run()
    except Deadlock as error:
        raise AssertionError(f"a driver waits for what does not come{WAITED_IN_VAIN}") from error
