"""One watched run, in the plan's own order and one step at a time, and what it has shown."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.model import Kind, StepEvent
from tierdeps.reporters import Reporter
from tierdeps.shake.run import perform
from tierdeps.shake.watch.accesses import Use, uses
from tierdeps.shake.watch.audit import Auditor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from tierdeps.model import Event, Plan
    from tierdeps.shake.evidence import Trial
    from tierdeps.shake.run import MakeExecutor
    from tierdeps.shake.steps import Steps
    from tierdeps.shake.watch.tracer import Tracer


class Watched(Value):
    """The uses that nothing declares, the first of each pair of drivers; and direct dependencies without any use."""

    trial: Trial
    undeclared: tuple[Use, ...]
    unused: tuple[tuple[str, str], ...]


class _Current(Reporter):
    """Knows the driver whose step runs."""

    def __init__(self) -> None:
        self.driver = ""

    def event(self, event: Event) -> None:
        """Follow the steps."""
        if event.mark is StepEvent.STARTED:
            self.driver = event.driver
        elif event.mark is not None and event.driver == self.driver:
            self.driver = ""


async def watch(
    plan: Plan,
    steps: Steps,
    make: MakeExecutor,
    folder: Path,
    only: Collection[str] = (),
    *,
    tracer: Tracer | None = None,
    stay_up: float = 0.0,
) -> Watched:
    """Run the plan once, for ``stay_up`` seconds once it has started; the tracer of processes writes to the folder."""
    current = _Current()
    order = tuple(range(len(steps.steps)))
    with tracer.active(folder) if tracer else nullcontext():
        start = time.time()
        auditor = Auditor(lambda: current.driver, lambda: time.time() - start)
        with auditor.active():
            watched = tracer.traced(plan, folder) if tracer else plan
            trial = await perform(watched, steps, order, lambda each, own: make(each, (current, *own)), stay_up)
    found = tuple(uses([*auditor.accesses, *(tracer.accesses(plan, folder, start) if tracer else ())]))
    pairs = {use.pair for use in found}
    first = {use.pair: use for use in reversed(found)}
    undeclared = tuple(
        use for pair, use in first.items() if not _is_declared(steps, *pair) and (not only or pair[0] in only)
    )
    return Watched(
        trial, tuple(sorted(undeclared, key=lambda use: use.used.at)), tuple(_unused(plan, trial, steps, pairs))
    )


def _is_declared(steps: Steps, dependent: str, needed: str) -> bool:
    """Return whether what is declared starts one after the other."""
    return any(
        steps.steps[other].driver == needed
        for number, step in enumerate(steps.steps)
        if step.driver == dependent
        for other in range(len(steps.steps))
        if steps.order.before[number] >> other & 1
    )


def _unused(plan: Plan, trial: Trial, steps: Steps, pairs: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield direct dependencies between processes that both were ready, of which no use was seen."""
    failed = {steps.steps[item.target.step].driver for item in trial.observations if item.failed}
    ran = {driver.name for driver in plan if driver.process is not None} - failed
    for driver in plan:
        waits = (wait for group in driver.waits for wait in group)
        needed = {wait.step.driver for wait in waits if wait.kind in {Kind.REQUIRES, Kind.WANTS}}
        for other in sorted(needed & ran if driver.name in ran else ()):
            if (driver.name, other) not in pairs:
                yield driver.name, other
