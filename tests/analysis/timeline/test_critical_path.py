"""The critical path consists of what really waited for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tierdeps._util.frozen import replace
from tierdeps.analysis.timeline import Result, Timeline, WaitReason, timeline_of
from tierdeps.model import Plan, Policy, Tier, after, requires

if TYPE_CHECKING:
    from tests.analysis.timeline.conftest import Stage

TIERS = (Tier("core"), Tier("late", after=("core",)))


def told(timeline: Timeline) -> list[str]:
    return [f"{wait.reason} {wait.bar.step}" for wait in timeline.critical_path]


def test_follows_the_dependency_that_ended_last(stage: Stage) -> None:
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
    assert all(wait.idle < 1e-6 for wait in timeline.critical_path)


def test_a_phase_waits_for_its_need_or_for_the_phase_before_it(stage: Stage) -> None:
    stage.seconds.update({"a:initialize": 1.0, "a:autostart": 5.0, "b:initialize": 0.2, "b:autostart": 1.0})
    phases = ("initialize", "autostart")
    plan = stage.plan(
        stage.driver("a", phases=phases), stage.driver("b", requires("a:initialize", phase="autostart"), phases=phases)
    )
    timeline = timeline_of(stage.run(plan))
    assert told(timeline) == ["run a:initialize", "own a:autostart"]
    why = {str(wait.bar.step): (wait.reason, wait.before and str(wait.before.step)) for wait in timeline.waits}
    assert why["b:autostart"] == (WaitReason.NEED, "a:initialize")


def test_a_barrier_is_a_wait_for_the_slowest_of_the_tier_before(stage: Stage) -> None:
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
    assert [seconds for band in timeline.bands for seconds in (band.started, band.ended)] == pytest.approx(
        [0, 3, 3, 3.5]
    )


def test_a_slot_under_the_limit_is_a_wait_for_the_step_that_held_it(stage: Stage) -> None:
    stage.seconds.update({"a": 2.0, "b": 1.0})
    plan = stage.plan(stage.driver("a"), stage.driver("b"))
    assert told(timeline_of(stage.run(plan, jobs=1))) == ["run a:start", "jobs b:start"]
    assert told(timeline_of(stage.run(plan, jobs=2))) == ["run a:start"]


def test_a_pause_between_attempts_is_a_wait(stage: Stage) -> None:
    stage.seconds["a"] = -1.0
    plan = stage.plan(stage.driver("a", policy=Policy(retries=1, backoff=8)), stage.driver("b"))
    timeline = timeline_of(stage.run(plan, on_failure="isolate"))
    assert told(timeline) == ["run a:start", "retry a:start"]
    assert 4 <= timeline.critical_path[1].idle <= 8
    assert [wait.bar.result for wait in timeline.critical_path] == [Result.RETRIED, Result.FAILED]


def test_a_disabled_driver_keeps_its_place_in_the_path(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("off", after("a")), stage.driver("c", after("off")))
    drivers = dict(plan.drivers)
    drivers["off"] = replace(drivers["off"], disabled=True)
    timeline = timeline_of(stage.run(Plan(plan.tiers, drivers)))
    assert told(timeline) == ["run a:start", "need off:start", "need c:start"]
    assert timeline.critical_path[1].bar.result is Result.PASSED


def test_of_a_run_that_failed_the_timeline_ends_where_the_stop_started(stage: Stage) -> None:
    stage.seconds.update({"a": 1.0, "b": -1.0, "c": 9.0, "a:stop": 20.0})
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"), stage.driver("c", "a"))
    timeline = timeline_of(stage.run(plan))
    assert timeline.outcome == "failed to start"
    assert timeline.seconds == pytest.approx(2)
    results = {bar.step.driver: bar.result for row in timeline.rows for bar in row.bars}
    assert results == {"a": Result.DONE, "b": Result.FAILED, "c": Result.CANCELLED}


def test_of_a_killed_run_current_attempts_are_shown_as_running(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"), stage.driver("c", "b"))
    timeline = timeline_of(stage.run(plan, killed_at=1.5))
    assert timeline.outcome == "was killed, last recorded"
    assert [(bar.step.driver, bar.result) for row in timeline.rows for bar in row.bars] == [
        ("a", Result.DONE),
        ("b", Result.RUNNING),
    ]


def test_a_plan_without_a_driver_has_no_critical_path(stage: Stage) -> None:
    timeline = timeline_of(stage.run(stage.plan()))
    assert (timeline.critical_path, timeline.rows) == ((), ())


def test_the_slowest_come_first(stage: Stage) -> None:
    stage.seconds.update({"a": 1.0, "b": 3.0, "c": 2.0})
    plan = stage.plan(*map(stage.driver, "abc"))
    assert [bar.step.driver for bar in timeline_of(stage.run(plan)).slowest] == ["b", "c", "a"]
