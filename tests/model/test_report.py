"""What comes out of a run."""

from __future__ import annotations

import pytest

from tierdeps import DependencyGraph, Driver
from tierdeps.model import Outcome, Report, State
from tierdeps.model.report import Outcomes

PLAN = DependencyGraph((Driver("a"), Driver("b"))).collapse()


def report(*outcomes: Outcome, interrupted: bool = False, problem: str = "") -> Report:
    return Report(PLAN, outcomes, interrupted=interrupted, problem=problem)


@pytest.mark.parametrize("state", list(State))
def test_ready_adopted_and_skipped_drivers_let_the_next_begin(state: State) -> None:
    assert state.satisfies_barrier == (state in {State.READY, State.ADOPTED, State.SKIPPED})
    assert report(Outcome("a", state)).ready == state.satisfies_barrier


def test_root_causes_are_told_apart_from_what_they_blocked() -> None:
    failed, blocked = Outcome("a", State.FAILED, "no socket"), Outcome("b", State.BLOCKED, cause=("a",))
    found = report(failed, blocked)
    assert (found.root_causes, found.blocked, found.ok) == ((failed,), (blocked,), False)


def test_a_failure_that_is_ignored_counts_as_ready() -> None:
    assert report(Outcome("a", State.FAILED, ignored=True)).ok


def test_a_stop_that_went_wrong_is_not_ok_though_all_was_ready() -> None:
    found = report(Outcome("a", State.READY, stop_error="it hangs"))
    assert (found.ready, found.ok) == (True, False)


def test_an_interrupted_run_is_not_ready() -> None:
    assert not report(Outcome("a", State.READY), interrupted=True).ready
    assert not report(Outcome("a", State.READY), problem="the deadline passed").ready


def test_an_outcome_is_found_by_its_driver() -> None:
    found = report(Outcome("a", State.READY))
    assert found["a"].state is State.READY
    assert found.digest == PLAN.digest
    with pytest.raises(KeyError):
        found["z"]


def test_outcomes_of_drivers_that_came_up_at_once_are_made_when_they_are_asked_for() -> None:
    failed = Outcome("b", State.FAILED, "no socket")
    found = Report(PLAN, Outcomes(PLAN, (failed,)))
    assert (found.ready, found.ok, found.root_causes, found.blocked) == (False, False, (failed,), ())
    assert (len(found.outcomes), found.outcomes[1]) == (2, failed)
    assert found.outcomes[:] == (Outcome("a", State.READY, begun=True, timings=(0.0,)), failed)
    assert found.outcomes[0] is found.outcomes[0]
    assert repr(found) == repr(report(*found.outcomes))
    assert found.durations == {"a:start": 0.0}


def test_a_report_of_nothing_but_such_drivers_is_ready() -> None:
    found = Report(PLAN, Outcomes(PLAN, ()))
    assert found.ok
    assert [outcome.driver for outcome in found.outcomes] == ["a", "b"]
    assert not Report(PLAN, Outcomes(PLAN, ()), problem="the deadline passed").ready


def test_a_report_has_no_more_than_it_says() -> None:
    with pytest.raises(AttributeError, match="outcome"):
        report().outcome  # type: ignore[attr-defined]  # noqa: B018  as by mistake
