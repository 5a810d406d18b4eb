"""``python -m benchmarks.race [--kill] [--runs N] [--restarts N]``: the race on a real libvirt, and by tierdeps.

Makes a private host with libvirtd, QEMU and Ceph behind CephX (tests/live/host), so it needs root, the packages that
``.ci/run`` installs, and TIERDEPS_LIVE=1. With ``--kill`` guests run while libvirt's daemons are restarted, and those
that are killed are counted (benchmarks/kill.py). Exits 1 where tierdeps lost anything, or the race none.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import boots, kill
from tests.live.host import Host, refusal, scene
from tierdeps.model import Share

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WAYS: dict[str, Callable[[Host], boots.Faults]] = {
    "all drivers at once": boots.at_once,
    "hypervisors last, without waiting": boots.without_waiting,
    "libvirtd of today, at boot": boots.by_libvirtd,
    "tierdeps start": boots.by_tierdeps,
}
KINDS = {"domain": "guests", "pool": "pools", "network": "networks"}
ROW = "{:<34} {:>34} {:>12} {:>10} {:>10} {:>9}"


@dataclass
class Tally:
    """What was lost in many runs: of each kind, in how many of them anything was, and why."""

    runs: int = 0
    hit: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, missing: Iterable[str], faults: boots.Faults, seconds: float) -> None:
        """Count one run."""
        names = list(missing)
        self.runs += 1
        self.hit += bool(names)
        self.lost.update(name.partition("/")[0] for name in names)
        self.faults.update(faults)
        self.seconds += seconds

    def row(self, name: str) -> str:
        """Return the result in one line."""
        lost = [f"{self.lost[kind]}/{self.runs * _count(kind)}" for kind in KINDS]
        return ROW.format(name, _share(self.hit, self.runs), *lost, f"{self.seconds / self.runs:.2f} s")


def _count(kind: str) -> int:
    return sum(name.startswith(f"{kind}/") for name in scene.EVERYTHING)


def _share(count: int, of: int) -> str:
    share = Share(count, of)
    low, high = share.interval
    return f"{count} of {of} ({share.value:.1%}; {low:.1%} to {high:.1%})"


def _machine(host: Host) -> str:
    connection = host.connect()
    libvirt, qemu = (
        f"{number // 1_000_000}.{number // 1_000 % 1_000}.{number % 1_000}"
        for number in (connection.getLibVersion(), connection.getVersion())
    )
    ceph = host.world.run("ceph", "--version").stdout.split()[2]
    system = f"{os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}"
    return f"{system}; libvirt {libvirt}, QEMU {qemu}, Ceph {ceph}"


def starts(host: Host, runs: int) -> dict[str, Tally]:
    """From everything down, in turns: what the machine does else hits all ways alike."""
    tallies = {name: Tally() for name in WAYS}
    for number in range(runs):
        for name, way in WAYS.items():
            host.bring_down()
            host.libvirtd.restart()
            host.bring_down()  # a pool that is a folder is active as soon as the daemon sees the folder
            began = time.perf_counter()
            faults = way(host)
            took = time.perf_counter() - began
            tallies[name].add(scene.EVERYTHING - host.active(), faults, took)
        _tell("starts", number + 1, runs, tallies.values())
    return tallies


def restarts(host: Host, runs: int) -> tuple[Tally, Tally, int]:
    """With everything up: what is down after libvirtd came back, what after tierdeps, and how many guests changed."""
    without, by_tierdeps, changed = Tally(), Tally(), 0
    boots.by_tierdeps(host)
    guests = host.guests()
    for number in range(runs):
        began = time.perf_counter()
        host.libvirtd.restart()
        took = time.perf_counter() - began
        without.add(scene.EVERYTHING - host.active(), {}, took)
        began = time.perf_counter()
        faults = boots.by_tierdeps(host)
        took = time.perf_counter() - began
        by_tierdeps.add(scene.EVERYTHING - host.active(), faults, took)
        changed += host.guests() != guests
        _tell("restarts", number + 1, runs, (without, by_tierdeps))
    return without, by_tierdeps, changed


def _tell(what: str, number: int, runs: int, tallies: Iterable[Tally]) -> None:
    if number % 20 == 0:
        hit = ", ".join(str(tally.hit) for tally in tallies)
        print(f"{number} of {runs} {what}; with a loss so far: {hit}", file=sys.stderr, flush=True)


def _table(title: str, tallies: dict[str, Tally]) -> None:
    print(f"\n{title}\n")
    print(ROW.format("", "runs with a loss (95 % interval)", *(f"{what} lost" for what in KINDS.values()), "took"))
    for name, tally in tallies.items():
        print(tally.row(name))
    for name, tally in tallies.items():
        for fault, count in tally.faults.most_common():
            print(f"  {name}: {count} times: {fault}")


def main(arguments: argparse.Namespace) -> int:
    """Print both tables."""
    with Host() as host:
        host.define()
        print(_machine(host))
        tallies = starts(host, arguments.runs)
        _table(f"from everything down, {arguments.runs} times each, in turns", tallies)
        without, by_tierdeps, changed = restarts(host, arguments.restarts)
        _table(
            f"{arguments.restarts} restarts of libvirtd with all guests running",
            {"libvirtd alone": without, "and then tierdeps start": by_tierdeps},
        )
        print(f"  restarts after which a guest's process was another one: {changed} of {arguments.restarts}")
    ours = tallies["tierdeps start"].hit + by_tierdeps.hit + changed
    return 1 if ours or not tallies["all drivers at once"].hit else 0


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200, metavar="N", help="starts from everything down, of each way")
    parser.add_argument("--restarts", type=int, default=200, metavar="N", help="restarts of libvirt, of each way")
    parser.add_argument("--kill", action="store_true", help="count the running guests that a restart kills")
    parser.add_argument("--guests", type=int, default=2, metavar="N", help="with --kill: guests on each pool")
    parser.add_argument("--programs", metavar="FOLDER", help="with --kill: modular daemons that were built")
    parser.add_argument("--way", action="append", choices=kill.WAYS, help="with --kill: this way alone; repeatable")
    parser.add_argument("--save", type=Path, metavar="FILE", help="with --kill: write the counts as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = parse()
    reason = refusal()
    if reason is None and arguments.kill:
        sys.exit(
            kill.main(arguments.restarts, arguments.guests, arguments.programs, arguments.save, arguments.way or ())
        )
    sys.exit(reason or main(arguments))
