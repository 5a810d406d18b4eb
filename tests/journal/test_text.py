"""Status as text: headlines, sentences about drivers, and the processes that a run left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.test_schemas import VALIDATORS
from tierdeps._util.frozen import replace
from tierdeps.formats.status import document
from tierdeps.journal.orphaned import LeftProcess
from tierdeps.journal.status import LEAVE_RUNNING, Activity, DriverStatus, Status, status_of
from tierdeps.journal.text import (
    MAX_PROCESSES_SHOWN,
    MAX_STEPS_SHOWN,
    headline,
    held_by_workers,
    left_sentence,
    moment,
    sentence,
    status_lines,
)
from tierdeps.model import Event, State

if TYPE_CHECKING:
    from tests.journal.conftest import Stage
    from tierdeps.journal import RunRecord

RUNS = LeftProcess("a", 7, 1, "SIGTERM", ready=True, alive=True, ours=True)


def left_run(stage: Stage, *names: str, mode: str = LEAVE_RUNNING) -> RunRecord:
    """Record a run that left its drivers running."""
    plan = stage.plan(*map(stage.driver, names))
    return stage.run(plan, stops=False, info={"mode": mode, "began_at": 1e9})


def lines(status: Status) -> list[str]:
    return [line.strip() for line in status_lines(status)]


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (RUNS, "a is still running as process 7"),
        (RUNS._replace(ready=False), "a is still running as process 7, and was not ready yet"),
        (RUNS._replace(ours=False), "a is still running as process 7, but no longer has the marks of this instance"),
        (RUNS._replace(alive=False, ours=False), "a has ended since: process 7"),
    ],
)
def test_a_sentence_describes_a_process_that_was_left(one: LeftProcess, said: str) -> None:
    assert left_sentence(one) == said


def test_those_that_have_ended_come_first_and_are_a_failure(stage: Stage) -> None:
    run = left_run(stage, "a", "b", "c")
    ended = RUNS._replace(driver="b", alive=False)
    status = status_of(run, left=(RUNS, ended))
    assert status.left == (ended, RUNS)
    assert status.failed
    assert not status_of(run, left=(RUNS,)).failed


def test_drivers_without_a_known_process_are_only_counted(stage: Stage) -> None:
    run = left_run(stage, "a", "b", "c")
    assert lines(status_of(run, left=(RUNS,)))[1:] == [
        "3 drivers: last known 3 ready",
        "",
        "a is still running as process 7",
        "of 2 of them are unknown since: only running processes can be found",
    ]
    others = tuple(RUNS._replace(driver=name) for name in "bc")
    assert lines(status_of(run, left=(RUNS, *others)))[-1] == "c is still running as process 7"


def test_an_ended_process_counts_only_if_this_run_left_it_ready(stage: Stage) -> None:
    ended = RUNS._replace(alive=False)
    run = left_run(stage, "a")
    assert status_of(run, left=(ended,)).left == (ended,)
    assert status_of(run, left=(ended._replace(ready=False),)).left == ()
    assert status_of(run, left=(ended._replace(driver="unknown"),)).left == ()
    assert status_of(left_run(stage, "a", mode="once"), left=(ended,)).left == ()
    assert status_of(stage.run(stage.plan(stage.driver("a"))), left=(RUNS,)).left == (RUNS,)


def test_no_more_are_named_than_can_be_read(stage: Stage) -> None:
    names = [f"d{number}" for number in range(MAX_PROCESSES_SHOWN + 2)]
    left = tuple(RUNS._replace(driver=name) for name in names)
    said = lines(status_of(left_run(stage, *names), left=left))
    assert said[2 : MAX_PROCESSES_SHOWN + 3] == [
        "",
        *(f"{name} is still running as process 7" for name in names[:MAX_PROCESSES_SHOWN]),
    ]
    assert said[MAX_PROCESSES_SHOWN + 3 :] == ["and 2 more processes: --format json"]
    assert (
        "more"
        not in lines(status_of(left_run(stage, *names[:MAX_PROCESSES_SHOWN]), left=left[:MAX_PROCESSES_SHOWN]))[-1]
    )


def test_the_headline_says_when_it_was_left(stage: Stage) -> None:
    run = left_run(stage, "a")
    assert run.ended_at is not None
    assert headline(status_of(run)) == (
        f"was left running by a run that ended at {moment(run.ended_at)}, 1.0 s after its start; not watched since"
    )


def test_the_headline_says_that_what_was_left_was_stopped_since(stage: Stage) -> None:
    run = left_run(stage, "a")
    stage.journal.add(run, [Event(9.0, "a", State.STOPPED)])
    assert headline(status_of(stage.journal.reread(run))).endswith("; stopped since")


def test_the_headline_says_when_the_run_started(stage: Stage) -> None:
    run = stage.run(stage.plan(stage.driver("a")), info={"began_at": 1e9})
    assert headline(status_of(run)).endswith(f", started {moment(1e9)}")


def test_the_problem_of_the_run_is_shown(stage: Stage) -> None:
    run = stage.run(stage.plan(stage.driver("a")), deadline=0.5)
    assert run.outcome is not None
    assert run.outcome.problem
    assert lines(status_of(run))[2] == run.outcome.problem


@pytest.mark.parametrize(
    ("awaited", "said"),
    [
        (("a:start", "b:initialize", "start:start"), "a, b:initialize, start"),
        (("a:start", "b:start", "c:start", "d:start", "e:start"), "a, b, c and 2 more"),
    ],
)
def test_of_many_awaited_steps_the_first_are_named(awaited: tuple[str, ...], said: str) -> None:
    assert len(awaited) in (MAX_STEPS_SHOWN, MAX_STEPS_SHOWN + 2)
    one = DriverStatus("x", "core", State.PENDING, Activity.WAITS, 2.0, "x:start", awaited)
    assert sentence(one) == f"x: waiting 2.0 s for {said}"


@pytest.mark.parametrize(
    ("left", "said"),
    [(None, ""), (0.5, " (times out in 0.500 s)"), (20.0, " (times out in 20.0 s)"), (-3.0, " (times out in 0.000 s)")],
)
def test_a_deadline_that_is_over_is_now(left: float | None, said: str) -> None:
    one = DriverStatus("x", "core", State.STARTING, Activity.RUNS, 2.0, "x:start", deadline_in=left)
    assert sentence(one) == f"x: running 2.0 s{said}"


def test_one_driver_is_singular_and_each_note_is_shown(stage: Stage) -> None:
    run = stage.run(stage.plan(stage.driver("a")))
    assert run.outcome is not None
    noted = replace(run, outcome=replace(run.outcome, notes=("first", "second\x1b")))
    said = lines(status_of(noted))
    assert said[0].startswith("stack.toml completed after ")
    assert said[1:] == ["1 driver: 1 stopped", "note: first", "note: second\\x1b"]


@pytest.mark.parametrize(("ok", "interrupted", "how"), [(False, False, "failed"), (False, True, "was interrupted")])
def test_the_headline_says_how_it_ended(stage: Stage, ok: bool, interrupted: bool, how: str) -> None:
    run = stage.run(stage.plan(stage.driver("a")))
    assert run.outcome is not None
    ended = replace(run, outcome=replace(run.outcome, ok=ok, interrupted=interrupted))
    assert headline(status_of(ended)).startswith(f"{how} after 2.0 s, process ")


def test_the_host_of_a_driver_is_shown_unless_its_name_ends_with_it(stage: Stage) -> None:
    run = stage.run(
        stage.plan(stage.driver("dns", host="kvm1"), stage.driver("qemu@kvm2", host="kvm2"), stage.driver("a"))
    )
    status = status_of(run, every=True)
    assert {one.driver: one.host for one in status.drivers} == {"a": "", "dns": "kvm1", "qemu@kvm2": "kvm2"}
    shown = [line.partition("  ")[0] for line in lines(status) if "stopped" in line]
    assert sorted(shown)[-3:] == ["a", "dns (on kvm1)", "qemu@kvm2"]
    answer: Any = document(status)
    VALIDATORS["status"].validate(answer)
    hosts = {one["driver"]: one.get("host") for one in answer["drivers"]}
    assert hosts == {"a": None, "dns": "kvm1", "qemu@kvm2": "kvm2"}


@pytest.mark.parametrize(
    ("engine", "mode", "killed_at", "scheduler", "is_held"),
    [
        ("dask", "foreground", 1.5, "tcp://a:1", True),
        ("dask", "foreground", 1.5, "", False),
        ("dask", LEAVE_RUNNING, None, "tcp://a:1", True),
        ("dask", "foreground", None, "tcp://a:1", False),
        ("local", "foreground", 1.5, "", False),
        ("local", LEAVE_RUNNING, None, "", False),
    ],
)
def test_what_a_fleet_may_still_run_is_named(  # noqa: PLR0917  the parameters
    stage: Stage, engine: str, mode: str, killed_at: float | None, scheduler: str, is_held: bool
) -> None:
    info = {"engine": engine, "mode": mode, "scheduler": scheduler}
    stops = mode != LEAVE_RUNNING
    run = stage.run(stage.plan(stage.driver("a")), stops=stops, killed_at=killed_at, info=info)
    text = held_by_workers([run])
    assert text.startswith("; the workers of stack.toml may still hold its drivers") == is_held
    assert bool(text) == is_held


def test_what_workers_held_and_was_stopped_since_is_held_no_more(stage: Stage) -> None:
    info = {"engine": "dask", "scheduler": "tcp://a:1"}
    run = stage.run(stage.plan(stage.driver("a"), stage.driver("b")), stops=False, killed_at=1.5, info=info)
    stage.journal.add(run, [Event(2.0, "a", State.STOPPED)])
    assert held_by_workers([stage.journal.reread(run)])
    stage.journal.add(run, [Event(2.0, "b", State.STOPPED)])
    run = stage.journal.reread(run)
    assert held_by_workers([run]) == ""
    assert headline(status_of(run)).startswith("was killed, and its workers hold nothing of it any more; last recorded")
