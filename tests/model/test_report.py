"""The report of a run."""

from __future__ import annotations

import gc

import pytest

from tierdeps import DependencyGraph, Driver
from tierdeps.model import Event, Outcome, Report, State

PLAN = DependencyGraph((Driver("a"), Driver("b"))).collapse()


def report(*outcomes: Outcome, interrupted: bool = False, problem: str = "") -> Report:
    return Report(PLAN, outcomes, interrupted=interrupted, problem=problem)


@pytest.mark.parametrize("state", list(State))
def test_ready_adopted_and_skipped_drivers_let_the_next_start(state: State) -> None:
    assert state.satisfies_barrier == (state in {State.READY, State.ADOPTED, State.SKIPPED})
    was_stopped_on_request = state is State.STOPPED  # what a run as a whole stops has reached another state before
    assert report(Outcome("a", state)).ready == (state.satisfies_barrier or was_stopped_on_request)


def test_root_causes_are_distinguished_from_what_they_blocked() -> None:
    failed, blocked = Outcome("a", State.FAILED, "no socket"), Outcome("b", State.BLOCKED, cause=("a",))
    found = report(failed, blocked)
    assert (found.root_causes, found.blocked, found.ok) == ((failed,), (blocked,), False)


def test_a_failure_that_is_ignored_counts_as_ready() -> None:
    assert report(Outcome("a", State.FAILED, ignored=True)).ok


def test_a_stop_that_went_wrong_is_not_ok_though_all_was_ready() -> None:
    found = report(Outcome("a", State.READY, stop_error="it hangs"))
    assert (found.ready, found.ok) == (True, False)


@pytest.mark.parametrize("made", [Event(1.0, "a", State.READY), Outcome("a", State.READY, cause=("b",))])
def test_the_garbage_collector_does_not_visit_what_there_is_of_each_driver(made: Event | Outcome) -> None:
    assert not gc.is_tracked(made)


def test_an_interrupted_run_is_not_ready() -> None:
    assert not report(Outcome("a", State.READY), interrupted=True).ready
    assert not report(Outcome("a", State.READY), problem="the deadline passed").ready


def test_an_outcome_is_found_by_its_driver() -> None:
    found = report(Outcome("a", State.READY))
    assert found["a"].state is State.READY
    assert found.digest == PLAN.digest
    with pytest.raises(KeyError):
        found["z"]


def test_the_duration_of_each_step_is_found_by_its_name() -> None:
    assert report(Outcome("a", State.READY, timings=(0.5,)), Outcome("b", State.FAILED)).durations == {"a:start": 0.5}


def test_a_report_has_no_more_than_it_says() -> None:
    with pytest.raises(AttributeError, match="outcome"):
        report().outcome  # type: ignore[attr-defined]  # noqa: B018  as by mistake
