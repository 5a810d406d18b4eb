"""A trial: one run of one driver with stand-ins for its dependencies, from the start to the stop."""

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
from tierdeps.testing._fakes import with_stand_ins
from tierdeps.testing._leftovers import Resources, left_since, tasks_left

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from tierdeps.lifecycle import Lifecycle
    from tierdeps.model import Driver, Event, Outcome, Plan, Report

#: The most likely cause of a wait that does not end.
WAITED_IN_VAIN = (
    "; on the virtual clock threads, files and processes are waited for in vain: a driver that does so is tried with"
    " real_time=True"
)


class Trial(Value):
    """The result of a trial: the reports after the start and after the stop, and all events.

    ``left`` describes what the run left behind: tasks, threads, open files, processes. ``answers`` are the results of
    the driver's own methods, by phase or verb. ``suspensions`` counts the points at which they awaited something.
    ``error`` is the first exception that the driver's code raised, if any. ``published`` is what the driver published.
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
    published: Mapping[str, object] = field(default_factory=dict)

    @property
    def outcome(self) -> Outcome:
        """The outcome of the driver after the stop."""
        return self.stopped[self.driver]

    @property
    def state(self) -> State:
        """The state that the start brought the driver to."""
        return self.started[self.driver].state

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that were started, in this order, those of stand-ins included."""
        started = (event for event in self.events if event.mark is StepEvent.STARTED and event.phase not in RESERVED)
        return tuple(f"{event.driver}:{event.phase}" for event in started)


class Setting(Value):
    """The setup of a trial: the driver, its stand-ins, and what goes wrong. The first of ``drivers`` is tested."""

    drivers: tuple[Driver, ...]
    settings: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, bool] | None = None
    injection: Injection = field(default_factory=Injection)
    real_time: bool = False
    #: The suspension of the driver at which the run is stopped; 0 for none.
    stop_at: int = 0
    #: Called with the lifecycle while everything is ready.
    when_ready: Callable[[Lifecycle], Awaitable[object] | object] | None = None

    @property
    def name(self) -> str:
        """The name of the tested driver."""
        return self.drivers[0].name

    @property
    def graph(self) -> DependencyGraph:
        """The graph; facts that are not stated are true."""
        found = DependencyGraph(self.drivers)
        stated = dict.fromkeys(found.mentioned_facts, True) | dict(self.facts or {})
        return DependencyGraph(self.drivers, facts=stated)

    def changed(self, **changes: object) -> Setting:
        """Return a copy with other values of some fields."""
        return replace(self, **changes)


def setting_of(
    driver: Driver,
    fakes: Iterable[Driver] = (),
    settings: Mapping[str, object] | None = None,
    facts: Mapping[str, bool] | None = None,
    *,
    values: Mapping[str, Mapping[str, object]] | None = None,
    real_time: bool = False,
) -> Setting:
    """Return the setup of a trial of a driver, with stand-ins for what it depends on."""
    return Setting(with_stand_ins(driver, fakes, values or {}), settings or {}, facts, real_time=real_time)


def attempt(setting: Setting) -> Trial:
    """Start and stop the driver on a new event loop. Raises CycleError or GraphError if there is no plan."""
    plan = setting.graph.collapse()

    async def whole() -> Trial:
        trial = await perform(setting, plan)
        return replace(trial, left=await tasks_left())

    before = Resources.now()
    try:
        trial = asyncio.run(whole()) if setting.real_time else run_virtually(whole())
    except Deadlock as error:
        raise AssertionError(f"the driver {setting.name!r} waits for what does not come{WAITED_IN_VAIN}") from error
    return replace(trial, left=(*trial.left, *left_since(before)))


async def perform(setting: Setting, plan: Plan) -> Trial:
    """Start and stop the driver on the running event loop."""
    spy, events = Spy(setting.name), _Events()
    executor = Executor(
        plan,
        engine=engine(setting.injection, spy, real_time=setting.real_time),
        reporters=(events,),
        settings=Settings(drivers={setting.name: setting.settings}),
        on_failure="isolate",
        seed=0,
    )
    if setting.stop_at:
        spy.on_suspension = lambda count: executor.request_stop() if count == setting.stop_at else None
    started = await executor.start()
    try:
        if started[setting.name].state is State.READY and setting.when_ready and spy.lifecycle:
            result = setting.when_ready(spy.lifecycle)
            if inspect.isawaitable(result):
                await result
    finally:
        stopped = await executor.stop()
    seen = tuple(events.seen)
    return Trial(
        setting.name,
        started,
        stopped,
        seen,
        spy.lifecycle,
        (),
        dict(spy.answers),
        spy.suspensions,
        spy.error,
        dict(spy.published),
    )


class _Events(Reporter):
    def __init__(self) -> None:
        self.seen: list[Event] = []

    def event(self, event: Event) -> None:
        """Record the event."""
        self.seen.append(event)
