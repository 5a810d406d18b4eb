"""``python -m benchmarks.fleet [--drivers N] [--skip-cluster]``: what hosts cost.

- Starts 10,000 drivers that do nothing on 8 worker processes, and submits as many bare tasks with the same dependencies
  to the same workers, by ``Client.submit`` of Dask. Exits 1 if tierdeps takes more than 1.5 times as long.
- Plans and checks 100 hosts with 100 drivers each, and one graph of as many drivers with the same dependencies and no
  hosts, from the same declarations in Python. Exits 1 if the fleet takes more than 2 s longer.
- Starts drivers on up to 1,000 hosts over a simulated network. Exits 1 if there are more events for each driver on many
  hosts than on few.
"""

from __future__ import annotations

import argparse
import sys
from statistics import median

from benchmarks import fleet_planning, fleet_run, fleet_simulated
from benchmarks.results import machine

ROUNDS = 3
#: How much longer a fleet may take than one graph, in seconds.
MAX_MORE_S = 2.0
#: How long the start may take, as a multiple of that of bare tasks.
MAX_RATIO = 1.5
HOSTS = (1, 10, 100, 1000)


def against_dask(drivers: int) -> bool:
    """Compare a start with bare tasks, and return whether it is fast enough."""
    took, bare, events = fleet_run.measured(drivers)
    print(
        f"{drivers} drivers on {fleet_run.WORKERS} workers started in {took:.2f} s, with {events:.2f} events for each"
    )
    print(f"{drivers} bare tasks submitted and run in {bare:.2f} s: ratio {took / bare:.2f} (at most {MAX_RATIO})")
    return took / bare <= MAX_RATIO


def planned() -> bool:
    """Compare a plan with hosts and one without, and return whether it is fast enough."""
    size = fleet_planning.HOSTS * fleet_planning.DRIVERS
    makes = {
        f"{fleet_planning.HOSTS} hosts x {fleet_planning.DRIVERS} drivers": fleet_planning.fleet,
        f"one graph of {size} drivers": fleet_planning.single,
    }
    took = {
        name: median(fleet_planning.planned_and_checked(make) for _ in range(ROUNDS)) for name, make in makes.items()
    }
    for name, seconds in took.items():
        print(f"{name:<30} planned and checked in {seconds:6.2f} s")
    of_fleet, of_single = took.values()
    more = of_fleet - of_single
    print(f"a fleet takes {more:+.2f} s (at most +{MAX_MORE_S:.0f} s)")
    return more <= MAX_MORE_S


def simulated() -> bool:
    """Start drivers on few hosts and on many, and return whether there are no more events for each driver."""
    print(f"{'hosts':>6} {'drivers':>8} {'simulated start':>16} {'events/driver':>14} {'processor time':>15}")
    found = [fleet_simulated.simulated(hosts) for hosts in HOSTS]
    for one in found:
        print(f"{one.hosts:>6} {one.drivers:>8} {one.took:>14.2f} s {one.events:>14.2f} {one.processor:>13.2f} s")
    return found[-1].events <= found[0].events


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet")
    parser.add_argument("--drivers", type=int, default=10_000)
    parser.add_argument("--skip-cluster", action="store_true")
    arguments = parser.parse_args()
    print(machine())
    held = [planned(), simulated()]
    if not arguments.skip_cluster:
        held.append(against_dask(arguments.drivers))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
