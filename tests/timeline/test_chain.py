"""The critical chain is made of what really waited for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps._util.frozen import replace
from tierdeps.model import Plan, Policy, Tier, after, requires
from tierdeps.timeline import Result, Timeline, Why, timeline_of

if TYPE_CHECKING:
    from tests.timeline.conftest import Stage

TIERS = (Tier("core"), Tier("late", after=("core",)))


def told(timeline: Timeline) -> list[str]:
    return [f"{link.why} {link.bar.step}" for link in timeline.chain]


def test_walks_back_to_the_need_that_ended_last(stage: Stage) -> None:
    stage.seconds.update({"slow": 3.0, "fast": 1.0, "before": 0.5})
    plan = stage.plan(
        stage.driver("before"),
        stage.driver("slow", "before"),
        stage.driver("fast", "before"),
        stage.driver("both", "slow", "fast"),
        stage.driver("aside"),
    )
    timeline = timeline_of(stage.run(plan))
    assert told(timeline) == ["run before:start", "need slow:start", "need both:start"]
    assert timeline.seconds == pytest.approx(4.5)
    assert all(link.idle < 1e-6 for link in timeline.chain)


def test_a_phase_waits_for_its_need_or_for_the_phase_before_it(stage: Stage) -> None:
    stage.seconds.update({"a:initialize": 1.0, "a:autostart": 5.0, "b:initialize": 0.2, "b:autostart": 1.0})
    phases = ("initialize", "autostart")
    plan = stage.plan(
        stage.driver("a", phases=phases), stage.driver("b", requires("a:initialize", phase="autostart"), phases=phases)
    )
    timeline = timeline_of(stage.run(plan))
    assert told(timeline) == ["run a:initialize", "own a:autostart"]
    why = {str(link.bar.step): (link.why, link.before and str(link.before.step)) for link in timeline.links}
    assert why["b:autostart"] == (Why.NEED, "a:initialize")


def test_the_barrier_counts_as_a_wait_for_the_slowest_of_the_tier_before(stage: Stage) -> None:
    stage.seconds.update({"slow": 3.0, "late": 0.5})
    plan = stage.plan(
        stage.driver("slow", tier="core"),
        stage.driver("quick", tier="core"),
        stage.driver("late", "quick", tier="late"),
        tiers=TIERS,
    )
    timeline = timeline_of(stage.run(plan))
    assert told(timeline) == ["run slow:start", "tier late:start"]
    assert [band.tier for band in timeline.bands] == ["core", "late"]
    assert [seconds for band in timeline.bands for seconds in (band.began, band.ended)] == pytest.approx([0, 3, 3, 3.5])


def test_a_place_under_the_limit_counts_as_a_wait_for_who_had_it(stage: Stage) -> None:
    stage.seconds.update({"a": 2.0, "b": 1.0})
    plan = stage.plan(stage.driver("a"), stage.driver("b"))
    assert told(timeline_of(stage.run(plan, jobs=1))) == ["run a:start", "jobs b:start"]
    assert told(timeline_of(stage.run(plan, jobs=2))) == ["run a:start"]


def test_a_pause_between_attempts_counts_as_one(stage: Stage) -> None:
    stage.seconds["a"] = -1.0
    plan = stage.plan(stage.driver("a", policy=Policy(retries=1, backoff=8)), stage.driver("b"))
    timeline = timeline_of(stage.run(plan, on_failure="isolate"))
    assert told(timeline) == ["run a:start", "retry a:start"]
    assert 4 <= timeline.chain[1].idle <= 8
    assert [link.bar.result for link in timeline.chain] == [Result.RETRIED, Result.FAILED]


def test_a_disabled_driver_keeps_its_place_in_the_chain(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("off", after("a")), stage.driver("c", after("off")))
    drivers = dict(plan.drivers)
    drivers["off"] = replace(drivers["off"], disabled=True)
    timeline = timeline_of(stage.run(Plan(plan.tiers, drivers)))
    assert told(timeline) == ["run a:start", "need off:start", "need c:start"]
    assert timeline.chain[1].bar.result is Result.PASSED


def test_of_a_run_that_failed_it_ends_where_the_stop_began(stage: Stage) -> None:
    stage.seconds.update({"a": 1.0, "b": -1.0, "c": 9.0, "a:stop": 20.0})
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"), stage.driver("c", "a"))
    timeline = timeline_of(stage.run(plan))
    assert timeline.outcome == "did not come up"
    assert timeline.seconds == pytest.approx(2)
    results = {bar.step.driver: bar.result for row in timeline.rows for bar in row.bars}
    assert results == {"a": Result.DONE, "b": Result.FAILED, "c": Result.CANCELLED}


def test_of_a_killed_run_what_went_on_is_shown_so(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"), stage.driver("c", "b"))
    timeline = timeline_of(stage.run(plan, killed_at=1.5))
    assert timeline.outcome == "was killed, last recorded"
    assert [(bar.step.driver, bar.result) for row in timeline.rows for bar in row.bars] == [
        ("a", Result.DONE),
        ("b", Result.RUNNING),
    ]


def test_a_plan_without_a_driver_has_no_chain(stage: Stage) -> None:
    timeline = timeline_of(stage.run(stage.plan()))
    assert (timeline.chain, timeline.rows) == ((), ())


def test_the_slowest_come_first(stage: Stage) -> None:
    stage.seconds.update({"a": 1.0, "b": 3.0, "c": 2.0})
    plan = stage.plan(*map(stage.driver, "abc"))
    assert [bar.step.driver for bar in timeline_of(stage.run(plan)).slowest] == ["b", "c", "a"]
