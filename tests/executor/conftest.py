"""Drivers that keep a log, started and stopped on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest

from tierdeps.clock import run_virtually
from tierdeps.engines.local import INLINE
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, Event, Plan, Report, Tier
from tierdeps.reporters import Reporter

Deed = Callable[[Context], Awaitable[Any]]


class Recorder(Reporter):
    """Records events and reports."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.ended: list[Report] = []

    def event(self, event: Event) -> None:
        self.events.append(event)

    def run_ended(self, report: Report) -> None:
        self.ended.append(report)


@dataclass
class World:
    """What drivers do, by ``"driver:method"``, and the log of what they did; a second each without a deed."""

    deeds: dict[str, Deed] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    recorder: Recorder = field(default_factory=Recorder)

    def driver(self, name: str, *dependencies: Any, **more: Any) -> Driver:
        """Declare a driver that lives in this world."""
        return Driver(name, dependencies=dependencies, lifecycle=self._lifecycle(name), **more)

    def fails_once(self, key: str) -> None:
        """Let the first call of ``"driver:method"`` fail, and no later one."""
        calls = count()

        async def deed(context: Context) -> None:
            del context
            if next(calls) == 0:
                raise OSError("no")

        self.deeds[key] = deed

    def _lifecycle(self, name: str) -> type[Lifecycle]:
        async def act(_: Lifecycle, context: Context) -> Any:
            key = f"{context.driver}:{context.phase}"
            self.log.append(key)
            result = await self.deeds.get(key, _second)(context)
            self.log.append(f"{key} done")
            return result

        methods = dict.fromkeys(("start", "initialize", "autostart", "stop"), act)
        optional = ("probe", "adopt", "reload", "cleanup")
        methods.update({verb: act for verb in optional if f"{name}:{verb}" in self.deeds})
        return type("Worldly", (Lifecycle,), methods)

    def plan(
        self,
        drivers: Iterable[Driver],
        tiers: Iterable[str] = (),
        disabled: Iterable[str] = (),
        facts: Mapping[str, bool] | None = None,
    ) -> Plan:
        """Make the plan; tiers come in the order given."""
        names = tuple(tiers)
        order = [Tier(name, after=names[:number]) for number, name in enumerate(names)]
        return DependencyGraph(drivers, order, disabled=disabled, facts=facts).collapse()

    def executor(self, plan: Plan, **options: Any) -> Executor:
        """Make an executor that this world's recorder listens to."""
        return Executor(plan, engine=INLINE, reporters=(self.recorder,), **options)

    def start(self, plan: Plan, **options: Any) -> Report:
        """Start a plan, and leave it so."""

        async def main() -> Report:
            report = await self.executor(plan, **options).start()
            await asyncio.sleep(1000)
            return report

        return run_virtually(main())

    def start_and_stop(self, plan: Plan, **options: Any) -> Report:
        """Start a plan and stop it."""

        async def main() -> Report:
            executor = self.executor(plan, **options)
            await executor.start()
            return await executor.stop()

        return run_virtually(main())

    @property
    def stops(self) -> list[str]:
        """Who was stopped, in order."""
        return [entry.removesuffix(":stop") for entry in self.log if entry.endswith(":stop")]


async def _second(context: Context) -> None:
    await asyncio.sleep(1)


@pytest.fixture
def world() -> World:
    return World()
