"""Runs are started in the journal, and found again."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.journal.conftest import GONE
from tierdeps._util.frozen import replace
from tierdeps._util.process_id import is_alive, process_stamp
from tierdeps.analysis.timeline import timeline_of
from tierdeps.journal import AlreadyRunning, Instance, Journal, NothingRan, RunInfo
from tierdeps.journal.journal import MAX_RUNS_KEPT
from tierdeps.journal.schema import BATCHES_PER_RUN
from tierdeps.journal.status import status_of
from tierdeps.model import Event, State, StepEvent, Tier

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journal.conftest import Stage

HERE = os.getpid(), process_stamp(os.getpid())


def test_returns_the_events_and_states_that_were_recorded(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a", phases=("initialize", "autostart")))
    run = stage.run(plan)
    seen = [(event.driver, str(event.state), event.phase, event.mark) for event in run.events()]
    assert seen[:5] == [
        ("a", "starting", None, None),
        ("a", "starting", "start", StepEvent.STARTED),
        ("a", "starting", "start", StepEvent.DONE),
        ("a", "ready", None, None),
        ("b", "starting", None, None),
    ]
    assert [event.at for event in run.events() if event.mark is StepEvent.DONE] == pytest.approx([1, 2, 3])
    assert {name: driver.state for name, driver in run.states().items()} == dict.fromkeys("ab", State.STOPPED)
    assert run.outcome is not None
    assert (run.outcome.ready, run.outcome.ok, run.alive, run.killed) == (True, True, False, False)
    assert run.outcome.seconds == pytest.approx(5)
    assert run.start_seconds == pytest.approx(3)


def test_stores_the_summary_of_the_plan(stage: Stage) -> None:
    tiers = (Tier("core"), Tier("late", after=("core",)))
    plan = stage.plan(
        stage.driver("b", tier="late", phases=("initialize", "autostart")),
        stage.driver("a", tier="core"),
        stage.driver("c", "b:initialize", tier="late"),
        tiers=tiers,
    )
    summary = stage.run(plan).plan_summary
    assert summary.drivers == ("a", "b", "c")
    assert [summary.tier_of(name) for name in ("a", "b", "c", "nobody")] == ["core", "late", "late", ""]
    assert summary.phases_of("b") == ("initialize", "autostart")
    assert [str(need.step) for need in summary.needs("c", "start")] == ["b:initialize"]
    assert summary.needs("a", "start") == ()


def test_reasons_are_kept_with_their_events(stage: Stage) -> None:
    stage.seconds["b"] = -1
    run = stage.run(stage.plan(stage.driver("a"), stage.driver("b"), stage.driver("c", "b")), on_failure="isolate")
    reasons = {event.driver: event.reason for event in run.events() if event.reason and event.mark is None}
    assert reasons == {"b": "OSError: it is broken", "c": "it requires b, which failed"}
    states = run.states()
    assert states["b"].failure is not None
    assert states["b"].failure.reason == "OSError: it is broken"


def test_refuses_to_start_an_instance_that_is_running(stage: Stage) -> None:
    plan, other = stage.plan(stage.driver("a")), stage.plan(stage.driver("b"))
    info = RunInfo("/stack.toml", "stack.toml", plan.digest, *HERE, name="/current/stack.toml", real="/1/stack.toml")
    stage.journal.start_run(info, plan)
    for again in (
        replace(info, digest=other.digest),
        replace(info, name="/2/stack.toml", real="/2/stack.toml"),
        replace(info, instance="/another.toml", real="/2/stack.toml"),
        replace(info, instance="/another.toml", name="/1/stack.toml"),
    ):
        with pytest.raises(
            AlreadyRunning, match=rf"stack\.toml is already running, as process {os.getpid()}; .*tierdeps stop"
        ):
            stage.journal.start_run(again, plan)
    assert len(stage.journal.runs()) == 1


def test_the_same_plan_may_run_elsewhere_too(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"))
    for name in ("/1/stack.toml", "/2/stack.toml"):
        stage.journal.start_run(RunInfo(name, "stack.toml", plan.digest, *HERE), plan)
    assert [run.info.instance for run in stage.journal.alive()] == ["/2/stack.toml", "/1/stack.toml"]


def key_of_new_run(stage: Stage, name: str, real: str) -> str:
    """Record a run that is over, by what it was named and where that led; return its instance."""
    instance = Instance(name, "stack.toml", real)
    plan = stage.plan(stage.driver("a"))
    info = RunInfo(stage.journal.key_of(instance), "stack.toml", plan.digest, *GONE, name=name, real=real)
    stage.journal.start_run(info, plan)
    return info.instance


def test_a_run_goes_on_from_the_last_one_of_its_name_or_of_where_that_leads(stage: Stage) -> None:
    first = key_of_new_run(stage, "/current", "/1")
    assert key_of_new_run(stage, "/1", "/1") == first
    assert key_of_new_run(stage, "/current", "/1") == first
    assert key_of_new_run(stage, "/current", "/2") == first
    older = key_of_new_run(stage, "/1", "/1")  # the last one of that instance was from another place
    assert older != first
    assert key_of_new_run(stage, "/1", "/1") == older
    assert key_of_new_run(stage, "/2", "/2") == first
    assert key_of_new_run(stage, "/current", "/3") not in {older, first}  # its key is that of what is called /2 now


def test_runs_are_found_by_both_names(stage: Stage) -> None:
    key_of_new_run(stage, "/current", "/1")
    key_of_new_run(stage, "/2", "/2")

    def found(name: str, real: str) -> list[str]:
        return [run.info.name for run in stage.journal.known_as(Instance(name, "stack.toml", real))]

    assert found("/current", "/1") == found("/1", "/1") == found("/current", "/3") == ["/current"]
    assert found("/2", "/2") == ["/2"]
    assert found("/current", "/2") == ["/2", "/current"]
    assert found("/3", "/3") == []
    key_of_new_run(stage, "/current", "/3")
    assert found("/1", "/1") == ["/current"]  # no longer the last one of its instance, and the last from there


def test_runs_of_an_older_journal_go_by_their_instance(stage: Stage) -> None:
    run = stage.run(stage.plan(stage.driver("a")))
    same = Instance("/link.toml", "link.toml", "/stack.toml")
    assert stage.journal.key_of(same) == "/stack.toml"
    assert stage.journal.known_as(same) == (run,)


def test_a_recycled_number_is_another_process(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"))
    info = RunInfo("/stack.toml", "stack.toml", plan.digest, os.getpid(), f"1{HERE[1]}")
    stage.journal.start_run(info, plan)
    assert stage.journal.alive() == ()
    stage.journal.start_run(info, plan)
    assert len(stage.journal.runs("/stack.toml")) == 2


def test_the_last_run_is_that_of_the_instance(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"))
    assert stage.journal.last() is None
    first, second = stage.run(plan), stage.run(plan, info={"instance": "/b.toml"})
    assert stage.journal.last("/stack.toml") == first
    assert stage.journal.last() == second
    assert stage.journal.last("/c.toml") is None
    assert [run.number for run in stage.journal.instances()] == [second.number, first.number]


def test_forgets_old_runs_of_an_instance_and_their_plans(stage: Stage, tmp_path: Path) -> None:
    another = stage.run(stage.plan(stage.driver("z")), info={"instance": "/b.toml"})
    for number in range(MAX_RUNS_KEPT + 3):
        stage.run(stage.plan(stage.driver(f"a{number}")))
    assert len(stage.journal.runs("/stack.toml", limit=1000)) == MAX_RUNS_KEPT
    assert stage.journal.last("/b.toml") == another
    with Journal.open(tmp_path / "state" / "journal.sqlite", readonly=True) as journal:
        runs = journal.runs(limit=1000)
        assert len({run.number for run in runs}) == len(runs) == MAX_RUNS_KEPT + 1
        assert all(run.events() and run.plan_summary.drivers for run in runs)


def test_what_is_forgotten_is_all_of_a_run_and_nothing_of_the_next_one(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"))
    first, second = stage.run(plan), stage.run(plan, info={"instance": "/b.toml"})
    before = second.events()
    for number in range(MAX_RUNS_KEPT):
        stage.journal.start_run(RunInfo("/stack.toml", f"{number}", plan.digest, *GONE), plan)
    assert stage.journal.run(first.number) is None
    assert second.events() == before
    ids = stage.journal._connection.execute("SELECT id FROM event_batches").fetchall()
    assert {number // BATCHES_PER_RUN for (number,) in ids} == {second.number}


def test_what_happened_to_drivers_of_a_run_that_is_over_is_added_to_it(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"))
    runs = [stage.run(plan, killed_at=1.5, info={"instance": name}) for name in ("1", "2", "3")]
    before = [run.events() for run in runs]
    for at in (5.0, 6.0):
        stage.journal.add(
            runs[1],
            [
                Event(at, "a", State.STOPPING, "stop", StepEvent.STARTED, "why"),
                Event(at, "unknown", State.STOPPED),
                Event(at, "a", State.STOPPED, "unknown", StepEvent.DONE),
                Event(at, "a", State.STOPPED),
            ],
        )
    added = [
        event
        for at in (5.0, 6.0)
        for event in (Event(at, "a", State.STOPPING, "stop", StepEvent.STARTED, "why"), Event(at, "a", State.STOPPED))
    ]
    assert [run.events() for run in runs] == [before[0], (*before[1], *added), before[2]]


def test_failures_and_blocks_are_found_at_any_position(stage: Stage) -> None:
    """One behind the other, at the ends, and again."""
    names = "abcdef"
    plan = stage.plan(*map(stage.driver, names))
    recorder = stage.journal.start_run(RunInfo("i", "t", plan.digest, *GONE), plan)
    states = [State.FAILED, State.FAILED, State.BLOCKED, State.BLOCKED, State.READY, State.FAILED]
    for at, (name, state) in enumerate(zip(names, states, strict=True)):
        recorder.event(Event(at, name, state, reason=f"first of {name}"))
    recorder.event(Event(7.0, "b", State.FAILED, reason="second"))
    recorder.event(Event(8.0, "c", State.READY, "start", StepEvent.DONE))
    recorder.event(Event(9.0, "a", State.READY))
    assert recorder.sync()
    run = stage.journal.last()
    assert run is not None
    snapshot = run.snapshot()
    assert (snapshot.failures(), snapshot.blocks()) == (["b", "f"], ["c", "d"])
    assert [(one.at, one.reason) for one in (snapshot[name].failure for name in "bf") if one is not None] == [
        (1.0, "first of b"),
        (5.0, "first of f"),
    ]
    assert snapshot.last_event_at == 9.0


def test_what_there_is_nothing_of_is_named_with_how_to_start_it() -> None:
    assert str(NothingRan()) == "nothing has been started yet; to start it: tierdeps start GRAPH"
    assert (
        str(NothingRan("a.toml", "a.toml"))
        == "nothing of a.toml has been started yet; to start it: tierdeps start a.toml"
    )
    assert str(NothingRan("the installed plugins", "")) == (
        "nothing of the installed plugins has been started yet; to start it: tierdeps start"
    )


def test_the_first_run_of_a_name_has_it_as_its_key(stage: Stage) -> None:
    assert key_of_new_run(stage, "/current", "/1") == "/current"
    assert key_of_new_run(stage, "/current", "/2") == "/current"
    assert key_of_new_run(stage, "/1", "/1") == "/1"
    assert key_of_new_run(stage, "/2", "/2") == "/current"


def test_names_that_are_no_text_are_recorded(stage: Stage) -> None:
    """As the command line gives those with bytes that are no UTF-8."""
    plan = stage.plan(stage.driver("a"), tiers=(Tier("\udcff"),))
    assert stage.run(plan).plan_summary.tiers == (("\udcff", 1),)


def test_the_run_of_this_process_is_known_by_all_that_it_was_started_with() -> None:
    pid, stamp = HERE
    instance = Instance("/a.toml", "a.toml", "/real/a.toml")
    info = RunInfo.here(instance, "digest")
    assert info == RunInfo(
        "/a.toml", "a.toml", "digest", pid, stamp, began_at=info.began_at, name="/a.toml", real="/real/a.toml"
    )
    assert abs(info.began_at - time.time()) < 3600
    assert is_alive(info.pid, info.started)
    more: dict[str, Any] = {
        "mode": "detached",
        "socket": "/s",
        "timeout": 1.0,
        "stop_timeout": 2.0,
        "deadline": 3.0,
        "engine": "dry-run",
        "jobs": 4,
        "on_failure": "ignore",
    }
    other = RunInfo.here(instance, "digest", key="key", **more)
    assert other == replace(info, instance="key", began_at=other.began_at, **more)


def test_what_waits_for_what_is_written_down_once_for_all_runs_of_a_plan(stage: Stage) -> None:
    plan, other = (stage.plan(stage.driver("a"), stage.driver("b", *needs)) for needs in ((), ("a",)))
    for one in (plan, other, plan, other):
        stage.run(one)
    (count,) = stage.journal._connection.execute("SELECT count(*) FROM plans").fetchone()
    assert count == 2
    found = [[need.step.driver for need in run.plan_summary.needs("b", "start")] for run in stage.journal.runs()]
    assert found == [["a"], [], ["a"], []]


def test_durations_are_the_medians_of_runs_that_came_up(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a", phases=("initialize", "autostart")))
    assert stage.journal.durations(plan) == {}
    for seconds in (5.0, 1.0, 2.0):
        stage.seconds["b:autostart"] = seconds
        stage.run(plan)
    stage.seconds["b:autostart"] = -60.0
    stage.run(plan)
    found = stage.journal.durations(plan)
    assert found == {step: pytest.approx(took) for step, took in _THREE.items()}
    changed = stage.plan(stage.driver("a"), stage.driver("new", "a"))
    assert stage.journal.durations(changed) == {}
    assert stage.journal.durations(changed, "/stack.toml") == {"a:start": pytest.approx(1)}


_THREE = {"a:start": 1, "b:autostart": 2, "b:initialize": 1}


def test_a_run_may_go_on_with_another_plan(stage: Stage) -> None:
    plan, other = stage.plan(stage.driver("a")), stage.plan(stage.driver("a"), stage.driver("new", "a"))
    recorder = stage.journal.start_run(RunInfo("i", "t", plan.digest, *GONE), plan)
    recorder.event(Event(1.0, "a", State.READY))
    recorder.plan_changed(other)
    recorder.event(Event(2.0, "new", State.FAILED, reason="no"))
    assert recorder.sync()
    run = stage.journal.last()
    assert run is not None
    assert run.plan_summary.drivers == ("a", "new")
    assert [(event.at, event.driver, event.state) for event in run.events()] == [
        (1.0, "a", State.READY),
        (2.0, "new", State.FAILED),
    ]
    assert run.states()["new"].reason == "no"


def test_a_driver_of_a_new_plan_of_which_nothing_happened_yet_is_pending(stage: Stage) -> None:
    """As it is when a process is killed while a reload adds drivers."""
    plan = stage.plan(stage.driver("a"))
    other = stage.plan(stage.driver("a"), stage.driver("new", "a"), stage.driver("z", phases=("initialize",)))
    recorder = stage.journal.start_run(RunInfo("i", "t", plan.digest, *GONE), plan)
    recorder.event(Event(1.0, "a", State.READY))
    recorder.event(Event(1.0, "a", State.READY, "start", StepEvent.DONE))
    recorder.plan_changed(other)
    assert recorder.sync()
    run = stage.journal.last()
    assert run is not None
    states = {name: driver.state for name, driver in run.states().items()}
    assert states == {"a": State.READY, "new": State.PENDING, "z": State.PENDING}
    assert all(driver.driver == name for name, driver in run.states().items())
    assert status_of(run, every=True).counts == {State.READY: 1, State.PENDING: 2}
    assert [row.driver for band in timeline_of(run).bands for row in band.rows] == ["a", "z", "new"]
    assert stage.journal.orphaned("i") == {"a"}
    stage.journal.start_run(RunInfo("i", "t", other.digest, *GONE), other)
