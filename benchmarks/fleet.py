"""``python -m benchmarks.fleet``: what hosts cost.

Plans and checks 100 hosts with 100 drivers each, and one graph of as many drivers with the same dependencies and no
hosts, from the same declarations in Python. Exits 1 if the fleet takes more than 2 s longer.
"""

from __future__ import annotations

import sys
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

from benchmarks.results import machine
from tierdeps.graph import DependencyGraph
from tierdeps.manager import Manager
from tierdeps.model import Driver, Tier, requires
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import check_graph
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTS, DRIVERS, ROUNDS = 100, 100, 3
#: How much longer a fleet may take than one graph, in seconds.
MAX_MORE_S = 2.0
TIERS = (Tier("storage"), Tier("guests", after=("storage",)))
NAMES = tuple(f"host{number:03}" for number in range(HOSTS))


def fleet() -> DependencyGraph:
    """Return drivers on all hosts: each requires the one before it on its host, and some a quorum of the first ones."""
    drivers = []
    for number in range(DRIVERS):
        needs = [requires(f"d{number - 1:03}@{{host}}")] if number else []
        if number == DRIVERS // 2:
            needs.append(requires("d000@*", atleast=HOSTS // 2 + 1))
        tier = "storage" if number < DRIVERS // 2 else "guests"
        drivers.append(Driver(f"d{number:03}", tier, dependencies=tuple(needs), hosts="all"))
    return DependencyGraph(drivers, TIERS, hosts={"all": NAMES})


def single() -> DependencyGraph:
    """Return the same drivers and dependencies of one machine, declared one by one."""
    drivers = []
    for number in range(DRIVERS):
        tier = "storage" if number < DRIVERS // 2 else "guests"
        for name in NAMES:
            needs = [requires(f"d{number - 1:03}.{name}")] if number else []
            if number == DRIVERS // 2:
                needs += [requires(f"d000.{other}") for other in NAMES]
            drivers.append(Driver(f"d{number:03}.{name}", tier, dependencies=tuple(needs)))
    return DependencyGraph(drivers, TIERS)


def planned_and_checked(make: Callable[[], DependencyGraph]) -> float:
    """Return the seconds of processor time to make a graph, to plan it, and to run all rules on it."""
    rules = tuple(Manager(Settings(), path=[]).rules())
    started_at = process_time()
    graph = make()
    plan = graph.collapse()
    report = check_graph(RuleContext(graph.with_all_facts()), rules)
    took = process_time() - started_at
    assert report.ok
    assert len(plan.drivers) == HOSTS * DRIVERS
    return took


def main() -> int:
    """Measure, print, and return the exit code."""
    makes = {f"{HOSTS} hosts x {DRIVERS} drivers": fleet, f"one graph of {HOSTS * DRIVERS} drivers": single}
    took = {name: median(planned_and_checked(make) for _ in range(ROUNDS)) for name, make in makes.items()}
    print(machine())
    for name, seconds in took.items():
        print(f"{name:<30} planned and checked in {seconds:6.2f} s")
    of_fleet, of_single = took.values()
    more = of_fleet - of_single
    print(f"a fleet takes {more:+.2f} s (at most +{MAX_MORE_S:.0f} s)")
    return 0 if more <= MAX_MORE_S else 1


if __name__ == "__main__":
    sys.exit(main())
