"""The executor on a virtual clock: random plans, durations, failures, hangs and stops at any moment.

``python -m tests.property.test_executor 1000000`` runs that many scenarios by hand and says how many held.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections import Counter
from random import Random
from time import perf_counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.property.promises import check, explain, stragglers
from tests.property.scenarios import play, random_plan, scenarios
from tierdeps.clock import VirtualLoop

SCENARIOS = 100 * settings().max_examples


@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_runs_keep_every_promise(seed: int) -> None:
    gc.disable()  # what is collected in the middle of one scenario would be reported in another
    try:
        for scenario in scenarios(seed, SCENARIOS // 10):
            try:
                check(scenario)
            except AssertionError as error:
                explain(scenario, error)
    finally:
        gc.enable()
        gc.collect()  # asyncio looks at all tasks that still exist, finished ones too: they would slow the next seeds


@settings(max_examples=2 * settings().max_examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_any_run_of_any_plan_keeps_every_promise(plan_seed: int, seed: int) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        scenario = runner.run(play(random_plan(Random(plan_seed)), seed))  # noqa: S311
    check(scenario)


def main(count: int, first_seed: int) -> None:
    """Run scenarios by hand."""
    began, played, seed = perf_counter(), 0, first_seed
    tally: Counter[str] = Counter()
    while played < count:
        for scenario in scenarios(seed, 1000):
            try:
                check(scenario)
            except AssertionError as error:
                explain(scenario, error)
            tally.update(str(outcome.state) for outcome in scenario.report.outcomes)
            tally["interrupted runs"] += scenario.report.interrupted
            tally["runs with stragglers"] += bool(stragglers(scenario))
            played += 1
        seed += 1
    print(f"{played} scenarios held, in {perf_counter() - began:.0f} s: {dict(tally)}")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1000)
