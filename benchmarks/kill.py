"""Restarts of libvirt's daemons under running guests whose pools are down: how many guests each way kills.

virtqemud looks at the guests that run when it starts, a thread for each; one whose disk is a volume of a pool that is
not active is stopped. The pools are lost first, which a guest does not notice: one is destroyed, and is up again with
its daemon, for it is a folder; the other one is unmounted, and nobody mounts it in the same boot unless told to.
"""

from __future__ import annotations

import os
import platform
import sys
from threading import Barrier, Thread
from typing import TYPE_CHECKING

import msgspec

from tests.live.host.daemons import DAEMONS, Daemons
from tests.live.host.volumes import POOLS
from tierdeps import Value
from tierdeps.model import Share

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence
    from pathlib import Path


def at_once(daemons: Daemons) -> None:
    """Start every daemon when it likes."""
    begin = Barrier(len(DAEMONS))

    def start(driver: str) -> None:
        begin.wait()
        daemons.modular.start(driver)

    threads = [Thread(target=start, args=(driver,)) for driver in DAEMONS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def without_waiting(daemons: Daemons) -> None:
    """Start one daemon after the other, and let none wait until another one is ready."""
    processes = [daemons.modular.begin(driver) for driver in DAEMONS]
    for process in processes:
        process.communicate()


def waiting(daemons: Daemons) -> None:
    """Start one daemon after the other, each when the one before it answers: as an order of daemons alone does."""
    for driver in DAEMONS:
        daemons.modular.start(driver)


def by_tierdeps(daemons: Daemons) -> None:
    """Have tierdeps start them, from a graph that has the pools before the hypervisor."""
    _verify(daemons.tierdeps())


def by_plugin(daemons: Daemons) -> None:
    """Have tierdeps start them by its drivers for libvirt, all of them."""
    _verify(daemons.tierdeps_plugin())


def _verify(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


AT_ONCE, TIERDEPS, PLUGIN = "all daemons at once", "tierdeps start, a graph", "tierdeps start, the plugin"
WAYS: dict[str, Callable[[Daemons], None]] = {
    AT_ONCE: at_once,
    "in order, without waiting": without_waiting,
    "in order, each when the one before answers": waiting,
    TIERDEPS: by_tierdeps,
    PLUGIN: by_plugin,
}
ROW = "{:<42} {:<7} {:>16} {:>40}"


class Killed(Value):
    """What the ``restarts`` of one way did to the guests on one pool: each had ``guests`` of them."""

    way: str
    pool: str
    guests: int
    restarts: int
    restarts_with_a_loss: int
    killed: int

    @property
    def share(self) -> Share:
        """Return the share of restarts that killed: guests of one restart do not die independently of each other."""
        return Share(self.restarts_with_a_loss, self.restarts)


def restart(daemons: Daemons, way: Callable[[Daemons], None]) -> frozenset[str]:
    """Lose the pools and restart the daemons; name the guests that were killed, and have all up again."""
    daemons.lose()
    way(daemons)
    killed = daemons.killed()
    daemons.repair()
    return killed


def _describe(daemons: Daemons) -> str:
    qemu = daemons.qemu
    libvirt, emulator = (
        f"{number // 1_000_000}.{number // 1_000 % 1_000}.{number % 1_000}"
        for number in (qemu.getLibVersion(), qemu.getVersion())
    )
    return f"{os.cpu_count()} cores, Linux {platform.release()}; libvirt {libvirt}, QEMU {emulator}"


def count(daemons: Daemons, restarts: int, ways: Sequence[str]) -> list[Killed]:
    """Restart in all ways in turns, so that what the machine does else hits all alike."""
    losses: dict[tuple[str, str], list[int]] = {(way, pool): [] for way in ways for pool in POOLS}
    for number in range(1, restarts + 1):
        for name in ways:
            killed = restart(daemons, WAYS[name])
            for pool in POOLS:
                losses[name, pool].append(sum(daemons.volumes.guests[guest] == pool for guest in killed))
        if number % 10 == 0:
            so_far = ", ".join(str(sum(map(bool, each))) for each in losses.values())
            print(f"{number} of {restarts} restarts; with a guest killed so far: {so_far}", file=sys.stderr, flush=True)
    each = len(daemons.volumes.guests) // len(POOLS)
    return [Killed(way, pool, each, restarts, sum(map(bool, lost)), sum(lost)) for (way, pool), lost in losses.items()]


def main(restarts: int, guests: int, programs: str | None, save: Path | None, ways: Sequence[str] = ()) -> int:
    """Print the table; return 1 where tierdeps killed a guest, or the race none.

    Daemons that were built are not all of them, so the plugin's way is not tried there.
    """
    ways = ways or [way for way in WAYS if way != PLUGIN or programs is None]
    with Daemons.made(guests, programs) as daemons:
        machine = _describe(daemons)
        print(machine)
        results = count(daemons, restarts, ways)
    print(f"\n{restarts} restarts of the daemons in each way, in turns, under {guests} running guests on each pool\n")
    print(ROW.format("", "pool", "guests killed", "restarts that killed (95 % interval)"))
    for result in results:
        low, high = result.share.interval
        share = f"{result.restarts_with_a_loss} of {restarts} ({result.share.value:.1%}; {low:.1%} to {high:.1%})"
        print(ROW.format(result.way, result.pool, f"{result.killed} of {restarts * guests}", share))
    if save:
        save.write_bytes(msgspec.json.format(msgspec.json.encode({"machine": machine, "results": results})) + b"\n")
    lost = {way: sum(result.killed for result in results if result.way == way) for way in ways}
    ours = lost.get(TIERDEPS, 0) + lost.get(PLUGIN, 0)
    return 1 if ours or lost.get(AT_ONCE) == 0 else 0
