"""A run whose events and report reporters are reported of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import pytest

from tierdeps.clock import run_virtually
from tierdeps.engines import dry_run
from tierdeps.engines.local import INLINE
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.lifecycle import Context, Lifecycle
from tierdeps.model import Driver, Policy, Tier, requires

if TYPE_CHECKING:
    from tierdeps.reporters import Reporter

Play = Callable[..., None]


class Quick(Lifecycle):
    async def initialize(self, context: Context) -> None:
        await asyncio.sleep(1)


class Fails(Lifecycle):
    async def start(self, context: Context) -> NoReturn:
        raise OSError("no \x1b[31mpool")

    async def stop(self, context: Context) -> NoReturn:
        raise OSError("still busy")


@pytest.fixture
def play() -> Play:
    def play(reporter: Reporter, *, dry: bool = False, broken: bool = True) -> None:
        drivers = [
            Driver("secret", tier="core", phases=("initialize", "autostart"), lifecycle=Quick),
            Driver("qemu", tier="hypervisor", dependencies=(requires("storage" if broken else "secret"),)),
        ]
        if broken:
            needs = (requires("secret"),)
            drivers.append(
                Driver("storage", tier="core", lifecycle=Fails, dependencies=needs, policy=Policy(retries=1, backoff=2))
            )
        plan = DependencyGraph(drivers, [Tier("core"), Tier("hypervisor", after=("core",))]).collapse()

        async def main() -> None:
            executor = Executor(plan, engine=dry_run.ENGINE if dry else INLINE, reporters=(reporter,), seed=1)
            await executor.start()
            if dry:
                executor.release()
            await executor.stop()

        run_virtually(main())

    return play


def play_on_hosts(reporter: Reporter) -> None:
    """Run two drivers on hosts, of which the second fails, and one on no host."""
    drivers = [
        Driver("osd", host="kvm1"),
        Driver("pool@kvm1", host="kvm1", dependencies=(requires("osd"),)),
        Driver("guest", host="kvm2", lifecycle=Fails, dependencies=(requires("osd"),)),
        Driver("dns"),
    ]

    async def main() -> None:
        executor = Executor(
            DependencyGraph(drivers).collapse(), engine=INLINE, reporters=(reporter,), on_failure="isolate"
        )
        await executor.start()
        await executor.stop()

    run_virtually(main())
