"""Whole runs in which objects go down, over libvirt's played connection."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from libvirt_played import FakeLibvirt, Thing, guest, meeting

from tierdeps import DependencyGraph, Driver, Event, Executor, OnFailure, Reporter, Settings, State, replace, requires
from tierdeps_libvirt import _live_objects as live
from tierdeps_libvirt._kinds import DOMAINS
from tierdeps_libvirt.qemu import QemuLifecycle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

QUICK = replace(DOMAINS, settles=0.0)


def driver(name: str, libvirt: FakeLibvirt, *needs: str) -> Driver:
    base = live.DomainLifecycle if "/" in name else QemuLifecycle
    phases = ("start",) if "/" in name else ("initialize", "autostart")
    return Driver(
        name, phases=phases, dependencies=tuple(map(requires, needs)), lifecycle=meeting(base, libvirt, kind=QUICK)
    )


class Restarts(Reporter):
    """Counts the restarts that are over."""

    def __init__(self) -> None:
        self.count = 0

    def reach(self, count: int) -> Callable[[], bool]:
        return lambda: self.count == count

    def event(self, event: Event) -> None:
        self.count += event.reason == "ready again"


@asynccontextmanager
async def running(*drivers: Driver, reporter: Reporter | None = None, **settings: object) -> AsyncIterator[Executor]:
    chosen = Settings(defaults={"check_every": 0.2, **settings})
    plan = DependencyGraph(drivers).collapse()
    executor = Executor(plan, settings=chosen, on_failure=OnFailure.ISOLATE, reporters=[reporter] if reporter else [])
    await executor.start()
    try:
        yield executor
    finally:
        await executor.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110  libvirt's side has no event
            await asyncio.sleep(0.01)


def down(thing: Thing) -> None:
    thing.active, thing.reason = False, 2


@pytest.mark.parametrize("adopted", [False, True])
def test_a_guest_that_was_destroyed_is_lost_with_what_requires_it(adopted: bool) -> None:
    db, web = guest("db", active=adopted), guest("web")
    libvirt = FakeLibvirt(domains=[db, web])

    async def main() -> None:
        drivers = driver("domain/db", libvirt), driver("domain/web", libvirt, "domain/db")
        async with running(*drivers, guests="shutdown") as executor:
            down(db)
            await until(lambda: executor.report()["domain/web"].state is State.STOPPED)
            reason = "its check failed 2 times in a row: it was destroyed"
            assert executor.report()["domain/db"].reason == reason
            assert executor.report()["domain/web"].reason == f"it requires domain/db, which was lost: {reason}"

    asyncio.run(main())
    assert (db.log, web.log) == ([] if adopted else ["create"], ["create", "shutdown"])


@pytest.mark.parametrize("adopted", [False, True])
def test_a_guest_that_is_started_again_stays_what_it_was(adopted: bool) -> None:
    web = guest("web", active=adopted)
    libvirt = FakeLibvirt(domains=[web])

    async def main() -> None:
        restarts = Restarts()
        async with running(driver("domain/web", libvirt), reporter=restarts, restart="always") as executor:
            for number in (1, 2):
                down(web)
                # Not until it is active: one that goes down again before its start has looked is waited for.
                await until(restarts.reach(number))
            assert executor.report()["domain/web"].state is (State.ADOPTED if adopted else State.READY)

    asyncio.run(main())
    assert web.log == ["create"] * (2 if adopted else 3)


@pytest.mark.parametrize("adopted", [False, True])
def test_a_driver_of_many_guests_is_degraded(adopted: bool) -> None:
    db, web = guest("db", active=adopted), guest("web", active=adopted)
    libvirt = FakeLibvirt(domains=[db, web])

    async def main() -> None:
        async with running(driver("qemu", libvirt)) as executor:
            down(db)
            await until(lambda: executor.report()["qemu"].degraded == "domain db: it was destroyed")
            assert executor.report()["qemu"].state is (State.ADOPTED if adopted else State.READY)
            assert not executor.report().ok

    asyncio.run(main())
    assert web.active
