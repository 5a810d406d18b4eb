"""The critical path of any run is complete: it reaches from start to end, and each bar waited for the one before."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journal.conftest import Stage
from tierdeps.analysis.timeline import Result, WaitReason, timeline_of
from tierdeps.journal import Journal
from tierdeps.model import Policy, Tier, requires

TIERS = tuple(Tier(f"t{number}", after=(f"t{number - 1}",) if number else ()) for number in range(3))


@settings(max_examples=settings().max_examples // 4)
@given(st.data(), st.integers(1, 12), st.sampled_from([None, 1, 2, 3]))
def test_the_critical_path_reaches_from_the_start_to_the_end(data: st.DataObject, count: int, jobs: int | None) -> None:
    with tempfile.TemporaryDirectory() as name, Journal.open(Path(name, "journal.sqlite")) as journal:
        stage = Stage(journal)
        drivers = []
        for number in range(count):
            driver = f"d{number:02}"
            stage.seconds[driver] = data.draw(st.floats(0.01, 5)) * data.draw(st.sampled_from([1, 1, 1, 1, -1]))
            needs = data.draw(st.sets(st.integers(0, number - 1), max_size=3)) if number else set()
            wanted = [requires(f"d{need:02}") for need in sorted(needs)]
            tier = f"t{number * 3 // count}"
            drivers.append(stage.driver(driver, *wanted, tier=tier, policy=Policy(retries=number % 2)))
        run = stage.run(stage.plan(*drivers, tiers=TIERS), jobs=jobs, on_failure="isolate")
        timeline = timeline_of(run)
    chain = timeline.critical_path
    assert chain[0].reason is WaitReason.RUN
    assert chain[0].bar.started < 1e-6
    assert chain[-1].bar.ended == max(
        bar.ended for row in timeline.rows for bar in row.bars if bar.result is not Result.PASSED
    )
    for wait, following in pairwise(chain):
        assert following.before == wait.bar
        assert wait.bar.ended <= following.bar.started
        assert following.reason is WaitReason.RETRY or following.idle < 0.001
