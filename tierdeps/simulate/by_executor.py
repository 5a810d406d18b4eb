"""Restarts by the executor itself, on a virtual clock: for what the kernels cannot express, and to verify them."""

from __future__ import annotations

import asyncio
import math
from functools import partial
from typing import TYPE_CHECKING, Self

from tierdeps._util.seconds import MAX_DURATION_S
from tierdeps.clock import VirtualLoop
from tierdeps.engines import Engine, local
from tierdeps.executor import Executor
from tierdeps.lifecycle import Lifecycle
from tierdeps.simulate.restart import Restart
from tierdeps.simulate.timings import is_run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from tierdeps.engines import Done, Handle
    from tierdeps.lifecycle import Context
    from tierdeps.model import PlannedDriver, Step
    from tierdeps.simulate.restart import Draws
    from tierdeps.simulate.scenario import Scenario

#: No step is cancelled for taking long, unless its driver says so: how long steps take is what is simulated.
NO_TIMEOUT_S = MAX_DURATION_S
#: The lifecycle of drivers that are only timed: ``call`` starts a timer in place of their methods.
STAND_IN = Lifecycle()


class ExecutorRestarts:
    """Runs restarts one after another on one clock, which is never set back."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._runner = asyncio.Runner(loop_factory=VirtualLoop)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the event loop."""
        self._runner.close()

    def run(self, draws: Draws) -> Restart:
        """Run one restart."""
        return self._runner.run(self._run(draws))

    async def _run(self, draws: Draws) -> Restart:
        loop, scenario = asyncio.get_running_loop(), self._scenario
        simulated = _SimulatedEngine(scenario, draws)
        engine = Engine("simulation", "takes the time that steps take, on a virtual clock", lambda: simulated)
        executor = Executor(scenario.plan, engine=engine, timeout=NO_TIMEOUT_S, deadline=NO_TIMEOUT_S)
        started_at = loop.time()
        await executor.start()
        executor.release()
        begins, ends = (
            [times.get(step, math.inf) - started_at for step in scenario.steps]
            for times in (simulated.started, simulated.done)
        )
        _pass(scenario, begins, ends)
        return Restart(draws, begins, ends, _makespan(scenario, draws, begins, ends))


def _pass(scenario: Scenario, begins: list[float], ends: list[float]) -> None:
    """Enter when the steps of disabled drivers are passed over, which the engine does not see."""
    opening = 0.0
    for tier in scenario.tiers if scenario.passed else ():
        for step in tier:
            if step in scenario.passed:
                begins[step] = ends[step] = max((opening, *(ends[needed] for needed in scenario.before[step])))
        opening = max((opening, *(ends[step] for step in tier)))


def _makespan(scenario: Scenario, draws: Draws, begins: Sequence[float], ends: Sequence[float]) -> float:
    """Return when the last step ended, or failed at its timeout; what a failure leads to does not count."""
    steps = zip(begins, ends, draws.durations, scenario.limits, strict=True)
    over = (begin + min(seconds, limit) if end == math.inf else end for begin, end, seconds, limit in steps)
    return max((at for at in over if at != math.inf), default=0.0)


class _SimulatedEngine:
    """Runs steps on the virtual clock: each takes as long as was drawn, and its start and end are recorded.

    The lifecycle of a driver without a timing is really run. Processes, and drivers without a lifecycle, are only
    timed.
    """

    def __init__(self, scenario: Scenario, draws: Draws) -> None:
        self.started: dict[Step, float] = {}
        self.done: dict[Step, float] = {}
        self._seconds: Mapping[Step, float] = dict(zip(scenario.steps, draws.durations, strict=True))
        self._steps = {(step.driver, step.phase): step for step in scenario.steps}
        self._clock = asyncio.get_running_loop()
        self._local = local.INLINE.open()

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:
        """Import the class of a driver that is really run."""
        if is_run(driver):
            return self._local.import_class(driver, done)
        done(None, None)
        return None

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:
        """Return the stand-in, or for a driver without a timing its own lifecycle."""
        return self._local.instantiate(driver) if is_run(driver) else STAND_IN

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        """Start a step: its own method, or a timer of its timing."""
        step = self._steps.get((context.driver, context.phase))
        if step is not None:
            self.started[step] = self._clock.time()
            done = partial(self._ended, step, done)
        if lifecycle is not STAND_IN:
            return self._local.invoke(lifecycle, method, context, done)
        if step is None:
            done(None, None)
            return None
        return _Timer(self._clock.call_later(self._seconds[step], done, None, None))

    def _ended(self, step: Step, done: Done, result: object, error: BaseException | None) -> None:
        self.done[step] = self._clock.time()
        done(result, error)

    def close(self) -> None:
        """Do nothing: no resources are held."""


class _Timer:
    """The timer of a step that is only timed."""

    def __init__(self, timer: asyncio.TimerHandle) -> None:
        self._timer = timer

    def cancel(self) -> bool:
        """Cancel it; nothing is left running."""
        self._timer.cancel()
        return False
