"""A run that is killed at any moment, and a start that goes by its journal: the same final state as undisturbed."""

from __future__ import annotations

import asyncio
import tempfile
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.journal.conftest import GONE
from tierdeps.clock import VirtualLoop
from tierdeps.engines.local import INLINE
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.journal import Journal, Recorder, RunInfo
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, Event, Plan, Report, State, requires
from tierdeps.reporters import Reporter

INSTANCE = "the plan"


@dataclass
class World:
    """What outlives the process: which services are up, and which were left halfway."""

    seconds: dict[str, float]
    up: set[str] = field(default_factory=set)
    half: set[str] = field(default_factory=set)


def service(world: World) -> type[Lifecycle]:
    """Return the lifecycle of services that cannot be started twice, nor where half of one is lying about."""

    class Service(Lifecycle):
        cleanup_after_crash = True

        def adopt(self, context: Context) -> bool:
            return context.driver in world.up

        async def initialize(self, context: Context) -> None:
            assert context.driver not in world.up | world.half, f"{context.driver} is there already"
            world.half.add(context.driver)
            await asyncio.sleep(world.seconds[context.driver])

        async def start(self, context: Context) -> None:
            await asyncio.sleep(world.seconds[context.driver] / 2)
            world.half.remove(context.driver)
            world.up.add(context.driver)

        def cleanup(self, context: Context) -> None:
            world.half.discard(context.driver)

    return Service


def plan_of(needs: dict[str, list[str]], world: World) -> Plan:
    drivers = [
        Driver(name, phases=("initialize", "start"), dependencies=tuple(map(requires, some)), lifecycle=service(world))
        for name, some in needs.items()
    ]
    return DependencyGraph(drivers).collapse()


class Mortal(Reporter):
    """Passes on what happens while it lives: the dead write nothing."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.lives = True

    def run_started(self, plan: Plan) -> None:
        self.recorder.run_started(plan)

    def event(self, event: Event) -> None:
        if self.lives:
            self.recorder.event(event)

    def start_ended(self, report: Report) -> None:
        if self.lives:
            self.recorder.start_ended(report)


async def killed(plan: Plan, journal: Journal, world: World, after: float) -> World:
    """Start, and be killed after so many seconds; return the world as it is then."""
    reporter = Mortal(journal.start_run(RunInfo(INSTANCE, "t", plan.digest, *GONE), plan))
    running = asyncio.create_task(Executor(plan, engine=INLINE, reporters=[reporter]).start())
    await asyncio.wait({running}, timeout=after)
    reporter.recorder.flush()
    reporter.lives = False
    return deepcopy(world)


async def again(plan: Plan, orphaned: frozenset[str]) -> Report:
    executor = Executor(plan, engine=INLINE, orphaned=orphaned)
    report = await executor.start()
    executor.release()
    return report


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[str, list[str]], dict[str, float]]:
    """Draw what each service needs, and how long its phases take."""
    names = [f"d{number}" for number in range(draw(st.integers(1, 8)))]
    needs = {
        name: draw(st.lists(st.sampled_from(names[:place]), unique=True, max_size=3)) if place else []
        for place, name in enumerate(names)
    }
    return needs, {name: draw(st.sampled_from([0.0, 0.001, 1.0, 1.5, 4.0])) for name in names}


@given(graphs(), st.lists(st.floats(0, 20), min_size=1, max_size=3))
def test_after_any_kills_a_start_brings_up_what_is_not_up(
    graph: tuple[dict[str, list[str]], dict[str, float]], kills: list[float]
) -> None:
    needs, seconds = graph
    world = World(seconds)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "journal.sqlite")
        for after in kills:
            with Journal.open(path) as journal, asyncio.Runner(loop_factory=VirtualLoop) as runner:
                world = runner.run(killed(plan_of(needs, world), journal, world, after))
        with Journal.open(path) as journal:
            orphaned = journal.orphaned(INSTANCE)
    assert world.half <= orphaned
    found = frozenset(world.up)
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        report = runner.run(again(plan_of(needs, world), orphaned))
    assert report.ready, report.root_causes
    assert (world.up, world.half) == (set(needs), set())
    assert {one.driver for one in report.outcomes if one.state is State.ADOPTED} == found
