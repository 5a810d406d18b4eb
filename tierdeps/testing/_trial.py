"""One run of one driver among stand-ins, from the start to the stop."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value, field, replace
from tierdeps.clock import Deadlock, run_virtually
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.model import State, StepEvent
from tierdeps.model.declarations import RESERVED
from tierdeps.reporters import Reporter
from tierdeps.settings import Settings
from tierdeps.testing._engine import Injection, Spy, engine
from tierdeps.testing._fakes import company
from tierdeps.testing._leftovers import Holdings, left_since, tasks_left

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from tierdeps.lifecycle import Lifecycle
    from tierdeps.model import Driver, Event, Outcome, Plan, Report

#: What is most likely wrong where a wait has no end.
WAITED_IN_VAIN = (
    "; on the virtual clock threads, files and processes are waited for in vain: a driver that does so is tried with"
    " real_time=True"
)


class Trial(Value):
    """What came of it: the reports after the start and after the stop, and all that happened in between.

    ``left`` names what the run left behind: tasks, threads, open files, processes. ``answers`` are what the driver's
    own methods returned, by what was called. ``suspensions`` counts the points at which they awaited something.
    ``error`` is what the driver's code raised first, if it raised anything.
    """

    driver: str
    started: Report
    stopped: Report
    events: tuple[Event, ...]
    lifecycle: Lifecycle | None
    left: tuple[str, ...] = ()
    answers: Mapping[str, object] = field(default_factory=dict)
    suspensions: int = 0
    error: BaseException | None = None

    @property
    def outcome(self) -> Outcome:
        """What became of the driver."""
        return self.stopped[self.driver]

    @property
    def state(self) -> State:
        """What the start brought the driver to."""
        return self.started[self.driver].state

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that began, in the order in which they did, stand-ins and all."""
        started = (event for event in self.events if event.mark is StepEvent.STARTED and event.phase not in RESERVED)
        return tuple(f"{event.driver}:{event.phase}" for event in started)


class Setting(Value):
    """How a driver is tried: among whom, and what goes wrong."""

    drivers: tuple[Driver, ...]
    settings: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, bool] | None = None
    injection: Injection = field(default_factory=Injection)
    real_time: bool = False
    #: The suspension of the driver at which the run is stopped; 0 is none.
    cut_at: int = 0
    #: What is done with the lifecycle while everything is ready.
    when_ready: Callable[[Lifecycle], Awaitable[object] | object] | None = None

    @property
    def name(self) -> str:
        """The name of the driver that is tried: it stands before its company."""
        return self.drivers[0].name

    @property
    def graph(self) -> DependencyGraph:
        """The graph; facts that nothing is said of are true."""
        found = DependencyGraph(self.drivers)
        stated = dict.fromkeys(found.mentioned_facts, True) | dict(self.facts or {})
        return DependencyGraph(self.drivers, facts=stated)

    def but(self, **changes: object) -> Setting:
        """Return the same with changes."""
        return replace(self, **changes)


def setting_of(
    driver: Driver,
    fakes: Iterable[Driver] = (),
    settings: Mapping[str, object] | None = None,
    facts: Mapping[str, bool] | None = None,
    *,
    real_time: bool = False,
) -> Setting:
    """Put a driver among those that it depends on."""
    return Setting(company(driver, fakes), settings or {}, facts, real_time=real_time)


def attempt(setting: Setting) -> Trial:
    """Start the driver and stop it, on a loop of its own. Raises CycleError or GraphError where there is no plan."""
    plan = setting.graph.collapse()

    async def whole() -> Trial:
        trial = await perform(setting, plan)
        return replace(trial, left=await tasks_left())

    before = Holdings.now()
    try:
        trial = asyncio.run(whole()) if setting.real_time else run_virtually(whole())
    except Deadlock as error:
        raise AssertionError(f"the driver {setting.name!r} waits for what does not come{WAITED_IN_VAIN}") from error
    return replace(trial, left=(*trial.left, *left_since(before)))


async def perform(setting: Setting, plan: Plan) -> Trial:
    """Start the driver and stop it, on the loop that runs."""
    spy, events = Spy(setting.name), _Events()
    executor = Executor(
        plan,
        engine=engine(setting.injection, spy, real_time=setting.real_time),
        reporters=(events,),
        settings=Settings(drivers={setting.name: setting.settings}),
        on_failure="isolate",
        seed=0,
    )
    if setting.cut_at:
        spy.on_suspension = lambda count: executor.request_stop() if count == setting.cut_at else None
    started = await executor.start()
    try:
        if started[setting.name].state is State.READY and setting.when_ready and spy.lifecycle:
            result = setting.when_ready(spy.lifecycle)
            if inspect.isawaitable(result):
                await result
    finally:
        stopped = await executor.stop()
    seen = tuple(events.seen)
    return Trial(setting.name, started, stopped, seen, spy.lifecycle, (), dict(spy.answers), spy.suspensions, spy.error)


class _Events(Reporter):
    def __init__(self) -> None:
        self.seen: list[Event] = []

    def event(self, event: Event) -> None:
        """Keep it."""
        self.seen.append(event)
