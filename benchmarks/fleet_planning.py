"""Plans and checks many hosts, and one graph of as many drivers with the same dependencies and no hosts."""

from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING

from tierdeps.graph import DependencyGraph
from tierdeps.manager import Manager
from tierdeps.model import Driver, Tier, requires
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import check_graph
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTS, DRIVERS = 100, 100
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
