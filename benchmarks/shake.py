"""``python -m benchmarks.shake [PLANS]``: what ``tierdeps shake`` finds on random plans in simulated time.

Of each row: the hidden dependencies that were not found, those that were invented, and the runs on average, beside
twice the orders of a greedy realizer plus the logarithm of the pairs. In the rows with a rate of failures, one driver
in ten fails at random. The rows ``slow`` delay drivers.
"""

from __future__ import annotations

import argparse
import math
from random import Random
from statistics import mean
from typing import TYPE_CHECKING

from benchmarks.arguments import whole_number
from tests.shake.test_proof import observable, random_world
from tests.shake.worlds import delay, found, shake
from tierdeps.shake.outcome import Limits
from tierdeps.shake.realizer import realizer
from tierdeps.shake.steps import steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tierdeps.model import Plan
    from tierdeps.shake.outcome import Shaken

DRIVERS = 10
#: How many dependencies are hidden, and how often a flaky driver fails.
BY_ORDER = ((1, 0.0), (2, 0.0), (3, 0.0), (1, 0.1), (2, 0.1), (3, 0.1), (1, 0.3), (1, 0.5))
BY_DELAY = ((1, 0.0), (1, 0.1), (1, 0.3), (1, 0.5))
ROW = "{:<6} {:>6} {:>6} {:>10} {:>8} {:>6} {:>6}"


def row(mode: str, run: Callable[[Plan, Limits], Shaken], plans: int, hidden: int, rate: float) -> str:
    """Return what was found on so many plans."""
    missed = invented = wanted = 0
    runs, bounds = [], []
    for seed in range(plans):
        world = random_world(seed, DRIVERS, hidden, rate)
        shaken = run(world.plan, Limits(seed=seed))
        should, did = observable(world), found(shaken)
        wanted, missed, invented = wanted + len(should), missed + len(should - did), invented + len(did - should)
        steps = steps_of(world.plan)
        pairs = sum(map(int.bit_count, steps.undecided())) // 2
        runs.append(shaken.runs)
        bounds.append(2 * len(realizer(steps, Random(seed))) + math.log2(max(pairs, 1)))  # noqa: S311
    return ROW.format(mode, hidden, rate, f"{missed}/{wanted}", invented, f"{mean(runs):.1f}", f"{mean(bounds):.1f}")


def options_of(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.shake", description="Shake random plans.")
    parser.add_argument("plans", nargs="?", type=whole_number, default=200, metavar="PLANS", help="in each row (200)")
    return parser.parse_args(arguments)


def main() -> None:
    """Print the rows as they are ready."""
    plans = options_of().plans
    print(ROW.format("mode", "hidden", "flaky", "not found", "invented", "runs", "bound"))
    for hidden, rate in BY_ORDER:
        print(row("order", shake, plans, hidden, rate), flush=True)
    for hidden, rate in BY_DELAY:
        print(row("slow", delay, plans, hidden, rate), flush=True)


if __name__ == "__main__":
    main()
