"""A start on many hosts, with the code of ``--engine dask`` over a simulated network."""

from __future__ import annotations

from random import Random
from time import process_time

from benchmarks.fleet_things import TwoSeconds
from tierdeps._util.frozen import Value
from tierdeps.clock import run_virtually
from tierdeps.executor import Executor
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Event, Tier, requires
from tierdeps.reporters import Reporter
from tierdeps.testing import SimulatedFleet

#: How long a message takes, in seconds: drawn between the two.
DELAYS_S = (0.0005, 0.02)
#: Drivers of each host, and in how many layers they are.
DRIVERS, LAYERS = 10, 5
#: The maximal number of monitors, each on another host.
MONITORS = 5
TIERS = (Tier("storage"), Tier("guests", after=("storage",)))
REFERENCE = f"{TwoSeconds.__module__}:{TwoSeconds.__qualname__}"


class Simulated(Value):
    """One start: simulated seconds, without delays at least ``ideal``; processor seconds on the host of the start."""

    hosts: int
    took: float
    ideal: float
    drivers: int
    events: float
    processor: float


class Count(Reporter):
    """Counts events."""

    def __init__(self) -> None:
        self.events = 0

    def event(self, event: Event) -> None:  # noqa: ARG002  only that there is one
        """Count one."""
        self.events += 1


def plan_of(hosts: int) -> DependencyGraph:
    """Return drivers on each host in layers; the first layer of guests requires a quorum of monitors."""
    monitors = min(hosts, MONITORS)
    drivers = [Driver("mon", "storage", lifecycle=REFERENCE, hosts="monitors")]
    for number in range(DRIVERS):
        layer = number * LAYERS // DRIVERS
        needs = [requires(f"d{number - DRIVERS // LAYERS}@{{host}}")] if layer else []
        if layer == LAYERS // 2:
            needs.append(requires("mon@*", atleast=monitors // 2 + 1))
        tier = "storage" if layer < LAYERS // 2 else "guests"
        drivers.append(Driver(f"d{number}", tier, lifecycle=REFERENCE, dependencies=tuple(needs), hosts="all"))
    names = tuple(f"h{number}" for number in range(hosts))
    return DependencyGraph(drivers, TIERS, hosts={"all": names, "monitors": names[:monitors]})


def simulated(hosts: int) -> Simulated:
    """Start drivers on so many hosts."""
    plan = plan_of(hosts).collapse()
    random, count = Random(hosts), Count()  # noqa: S311  it is to be the same in each run

    async def main() -> float:
        fleet = SimulatedFleet(delay=lambda: random.uniform(*DELAYS_S))
        for number in range(hosts):
            fleet.add(f"h{number}")
        executor = Executor(plan, engine=fleet.engine(), reporters=(count,))
        report = await executor.start()
        assert report.ready, report.root_causes[:1]
        fleet.close()
        return report.seconds

    started_at = process_time()
    took = run_virtually(main())
    processor = process_time() - started_at
    return Simulated(
        hosts, took, LAYERS * TwoSeconds.SECONDS, len(plan.drivers), count.events / len(plan.drivers), processor
    )
