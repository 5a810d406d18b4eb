"""The events of a run that never ends are limited; what later commands need is kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.journal.test_recorder import TIMEOUT_S, batch_sizes, start_run
from tierdeps.analysis.timeline import timeline_of
from tierdeps.journal.writer import PendingWrite
from tierdeps.model import Event, State, StepEvent

if TYPE_CHECKING:
    from tests.journal.conftest import Stage


def test_a_run_that_never_ends_keeps_its_start_its_latest_events_and_all_states(stage: Stage) -> None:
    recorder = start_run(stage)
    recorder.writer.compact_after = 500
    recorder.event(Event(0, "a", State.STARTING))
    recorder.event(Event(1, "a", State.READY))
    recorder.event(Event(1, "b", State.FAILED, reason="it never changes again"))
    recorder.writer.put(PendingWrite(facts={"start_seconds": 1.0, "ready_at": 2.0}))
    assert recorder.sync(TIMEOUT_S)
    most = 0
    for at in range(2, 1000):
        recorder.event(Event(at, "a", State.READY, "start", StepEvent.RETRIED, reason=f"restart {at}"))
        if at % 20 == 0:
            assert recorder.sync(TIMEOUT_S)
            most = max(most, len(batch_sizes(stage)))
    assert recorder.sync(TIMEOUT_S)
    assert most < 100
    run = stage.journal.last()
    assert run is not None
    assert [event.at for event in run.events()][:3] == [0, 1, 1]
    assert [event.at for event in run.events()][-20:] == list(range(980, 1000))
    assert run.states()["a"].step == Event(999, "a", State.READY, "start", StepEvent.RETRIED, "restart 999")
    assert run.states()["b"].state is State.FAILED
    assert run.states()["b"].reason == "it never changes again"
    assert timeline_of(run).rows


def test_what_a_start_needs_is_kept_however_long_it_is(stage: Stage) -> None:
    recorder = start_run(stage)
    recorder.writer.compact_after = 100
    for at in range(100):
        recorder.event(Event(at, "a", State.STARTING, "start", StepEvent.RETRIED))
        assert recorder.sync(TIMEOUT_S)
    run = stage.journal.last()
    assert run is not None
    assert len(run.events()) == 100


def test_a_run_that_changes_its_plan_for_ever_keeps_the_first_and_the_last_two(stage: Stage) -> None:
    recorder = start_run(stage)
    for number in range(10):
        recorder.plan_changed(stage.plan(stage.driver("a"), stage.driver(f"b{number}")))
        assert recorder.sync(TIMEOUT_S)
    run = stage.journal.last()
    assert run is not None
    assert list(run.source.first_plan_summary().drivers) == ["a"]
    assert list(run.source.plan_summary().drivers) == ["a", "b9"]
    assert list(run.states()) == ["a", "b9"]
    with closing(sqlite3.connect(stage.journal.path)) as connection:
        assert connection.execute("SELECT count(*) FROM plans").fetchone() == (3,)


def test_a_plan_that_was_just_looked_up_can_still_be_read(stage: Stage) -> None:
    recorder = start_run(stage)
    seen = []
    for number in range(10):
        recorder.plan_changed(stage.plan(stage.driver("a"), stage.driver(f"b{number}")))
        assert recorder.sync(TIMEOUT_S)
        seen.append(stage.journal.last())
        before = seen[-2:][0]
        assert before is not None
        assert before.source.plan_summary().drivers
