"""Runs on a virtual clock, recorded in a journal of the test's own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps._util.frozen import replace
from tierdeps.clock import run_virtually
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.journal import Journal, RunInfo, RunRecord
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, Event, Plan, Tier, requires
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tierdeps.journal import Recorder

#: The id of no process.
GONE = 2**30, "1@never"


class Until(Reporter):
    """Passes on events until a moment, as if the process were killed then."""

    def __init__(self, recorder: Recorder, moment: float) -> None:
        self._recorder = recorder
        self._moment = moment

    def run_started(self, plan: Plan) -> None:
        self._recorder.run_started(plan)

    def event(self, event: Event) -> None:
        if event.at <= self._moment:
            self._recorder.event(event)


@dataclass
class Stage:
    """Drivers whose steps take so many seconds, one by default; if negative, they fail after that time."""

    journal: Journal
    seconds: dict[str, float] = field(default_factory=dict)
    #: The context of the last call of each driver.
    contexts: dict[str, Context] = field(default_factory=dict)

    def driver(self, name: str, *needs: Any, **more: Any) -> Driver:
        """Declare a driver; what is needed may be a name."""
        wanted = tuple(requires(need) if isinstance(need, str) else need for need in needs)
        return Driver(name, dependencies=wanted, lifecycle=self._lifecycle(), **more)

    def _lifecycle(self) -> type[Lifecycle]:
        async def act(_: Lifecycle, context: Context) -> None:
            key = f"{context.driver}:{context.phase}"
            self.contexts[context.driver] = context
            seconds = self.seconds.get(key, 1.0 if context.phase == "stop" else self.seconds.get(context.driver, 1.0))
            await asyncio.sleep(abs(seconds))
            if seconds < 0:
                raise OSError("it is broken")

        return type("Timed", (Lifecycle,), dict.fromkeys(("start", "initialize", "autostart", "stop"), act))

    def plan(self, *drivers: Driver, tiers: tuple[Tier, ...] = ()) -> Plan:
        """Make a plan of drivers."""
        return DependencyGraph(drivers, tiers=tiers).collapse()

    def run(
        self,
        plan: Plan,
        *,
        killed_at: float | None = None,
        stops: bool = True,
        info: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> RunRecord:
        """Run a plan to its end, or until it is killed; return what the journal has of it."""
        about = RunInfo("/stack.toml", "stack.toml", plan.digest, *GONE, jobs=options.get("jobs"))
        about = replace(about, on_failure=str(options.get("on_failure", about.on_failure)))
        recorder = self.journal.start_run(replace(about, **(info or {})), plan)
        reporter = recorder if killed_at is None else Until(recorder, killed_at)

        async def live() -> None:
            executor = Executor(plan, reporters=[reporter], seed=1, **options)
            await executor.start()
            if stops:
                await executor.stop()
            else:
                executor.release()

        run_virtually(live())
        recorder.finish()
        return next(run for run in self.journal.runs() if run.number == recorder.run)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Provide a journal and simulated drivers."""
    with Journal.open(tmp_path / "state" / "journal.sqlite") as journal:
        yield Stage(journal)
