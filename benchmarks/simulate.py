"""``python -m benchmarks.simulate [ROUNDS]``: what a simulated restart costs, computed and run by the executor.

Layered graphs of drivers, with and without numpy; the executor is the peer, for it is what all restarts went through
before. Prints the microseconds for each step of a restart, how they grow with the size, and the ratio to the executor.
"""

from __future__ import annotations

import sys
from random import Random
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Schedule, requires
from tierdeps.simulate.by_executor import ExecutorRestarts
from tierdeps.simulate.numpy_kernel import NumpyKernel
from tierdeps.simulate.plain_kernel import PlainKernel
from tierdeps.simulate.scenario import Need, Scenario, scenario_of
from tierdeps.simulate.tally import Tally
from tierdeps.simulate.timings import step_timings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tierdeps.simulate.simulation import Kernel

#: The drivers of each graph, and how many restarts numpy, plain Python and the executor simulate of it.
SIZES: Mapping[int, tuple[int, int, int]] = {
    15: (100_000, 5_000, 200),
    60: (25_000, 1_250, 50),
    250: (8_000, 300, 12),
    500: (4_000, 150, 6),
    1_000: (2_000, 75, 3),
}
WIDTH, NEEDS = 5, 2
ROW = "{:>7} {:<14} {:>9} {:>9} {:>9} {:>8} {:>13}"


def layered(drivers: int) -> Scenario:
    """Return drivers in layers, each of which needs two of the layer before; their names are in random order."""
    random = Random(1)  # noqa: S311  the same graph every time
    names = [f"d{number}" for number in random.sample(range(drivers), drivers)]
    declared = []
    for number, name in enumerate(names):
        layer = number // WIDTH * WIDTH
        above = random.sample(names[layer - WIDTH : layer], NEEDS) if layer else []
        declared.append(Driver(name, dependencies=tuple(map(requires, above)), timing={"start": "lognormal(0.1, 0.5)"}))
    graph = DependencyGraph(random.sample(declared, drivers))
    plan = graph.collapse()
    needs = [Need(edge.dependent, edge.needed, edge.reason) for edge in graph.edges]
    return scenario_of(plan, list(plan.drivers), Schedule.PLAN, step_timings(plan), needs)


def computed(kernel: Callable[[Scenario, int], Kernel], scenario: Scenario, restarts: int) -> float:
    """Return the seconds that a kernel takes for so many restarts."""
    started_at = process_time()
    tally, running = Tally(scenario), kernel(scenario, 7)
    done = 0
    while done < restarts:
        size = min(running.block_size, restarts - done)
        running.block(size).count(tally, ())
        done += size
    return process_time() - started_at


def executed(scenario: Scenario, restarts: int) -> float:
    """Return the seconds that the executor takes for so many restarts."""
    started_at = process_time()
    kernel = PlainKernel(scenario, 7)
    with ExecutorRestarts(scenario) as executor:
        tally = Tally(scenario)
        for _ in range(restarts):
            tally.add(executor.run(kernel.block(1).draws(0)))
    return process_time() - started_at


def main(rounds: int) -> None:
    """Print a row for each size and way, in turns."""
    print(ROW.format("drivers", "way", "restarts", "seconds", "us/step", "growth", "of executor"))
    before: dict[str, float] = {}
    for drivers, counts in SIZES.items():
        scenario = layered(drivers)
        ways: dict[str, Callable[[int], float]] = {
            "executor": lambda restarts, scenario=scenario: executed(scenario, restarts),  # type: ignore[misc]
            "plain Python": lambda restarts, scenario=scenario: computed(PlainKernel, scenario, restarts),  # type: ignore[misc]
            "numpy": lambda restarts, scenario=scenario: computed(NumpyKernel, scenario, restarts),  # type: ignore[misc]
        }
        restarts = dict(zip(ways, reversed(counts), strict=True))
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                taken[name].append(way(restarts[name]))
        each = {name: median(taken[name]) / restarts[name] / drivers * 1e6 for name in ways}
        for name in ways:
            growth = f"{each[name] / before[name]:.2f}" if name in before else ""
            cells = (f"{median(taken[name]):.2f}", f"{each[name]:.3f}", growth, f"{each[name] / each['executor']:.4f}")
            print(ROW.format(drivers, name, restarts[name], *cells), flush=True)
        before = each


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 3)
