"""What each driver does or waits for, and for how long."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, cast

import pytest

from tierdeps._util.process_id import process_stamp
from tierdeps.clock import run_virtually
from tierdeps.executor import Executor
from tierdeps.formats import View
from tierdeps.formats.status import document
from tierdeps.formats.status import render_text as render
from tierdeps.journal import RunInfo
from tierdeps.journal.durations import measured
from tierdeps.journal.status import Status, status_of
from tierdeps.model import Event, OnFailure, Policy, State, StepEvent, Tier
from tierdeps.model.report import READY_AGAIN

if TYPE_CHECKING:
    from tests.journal.conftest import Stage
    from tierdeps.journal import RunRecord
    from tierdeps.model import Plan

TIERS = (Tier("core"), Tier("late", after=("core",)))
STARTED_AT = 1_000_000_000.0


def lines(status: Status) -> list[str]:
    """Return the sentences about the drivers."""
    said = list(render(status, View()))
    return [line.strip() for line in said[said.index("") + 1 :]] if "" in said else []


def seen(stage: Stage, plan: Plan, at: float, **options: object) -> Status:
    """Return the status of a run of this process so many seconds after it started."""
    info = {"pid": os.getpid(), "started": process_stamp(os.getpid()), "began_at": STARTED_AT}
    run = stage.run(plan, killed_at=at, info=info, **options)  # type: ignore[arg-type]
    return status_of(run, clock=lambda: run.started_monotonic + at)


def test_says_what_runs_and_what_waits_for_it_until_when(stage: Stage) -> None:
    plan = stage.plan(
        stage.driver("storage", tier="core", phases=("initialize", "autostart"), policy=Policy(timeout=30)),
        stage.driver("vm", "storage", tier="core"),
        stage.driver("early", "storage:initialize", tier="core"),
        stage.driver("net", tier="late"),
        tiers=TIERS,
    )
    stage.seconds.update({"storage:autostart": 20.0, "early": 50.0})
    status = seen(stage, plan, 5.2)
    assert lines(status) == [
        "core",
        "storage:autostart  running 4.2 s (times out in 25.8 s); 1 other waits for it",
        "early              running 4.2 s (times out in 85.8 s)",
        "vm                 waiting 5.2 s for storage:autostart",
        "",
        "late",
        "net                waiting 5.2 s for the tier core",
    ]
    assert "(5.2 s; times out in 29 min 54 s)" in next(render(status, View())), "the deadline of the run, once"
    assert status.counts == {State.PENDING: 2, State.STARTING: 2}
    assert not status.failed


def test_what_most_others_wait_for_comes_first_in_its_tier(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("z"), *(stage.driver(name, "z") for name in ("b", "c")))
    stage.seconds.update({"a": 9.0, "z": 9.0})
    assert lines(seen(stage, plan, 2.0)) == [
        "z  running 2.0 s (times out in 88.0 s); 2 others wait for it",
        "a  running 2.0 s (times out in 88.0 s)",
        "b  waiting 2.0 s for z",
        "c  waiting 2.0 s for z",
    ]


def test_where_not_all_are_listed_those_that_are_starting_are(stage: Stage) -> None:
    needing = (stage.driver(f"d{number}", "z") for number in range(5))
    plan = stage.plan(stage.driver("z"), *needing)
    stage.seconds["z"] = 9.0
    run = stage.run(plan, killed_at=2.0, info={"pid": os.getpid(), "started": process_stamp(os.getpid())})
    first, _ = status_of(run, limit=2, clock=lambda: run.started_monotonic + 2.0).drivers
    assert first.driver == "z"


def test_says_who_waits_for_its_turn(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b"))
    assert lines(seen(stage, plan, 0.5, jobs=1))[1] == "b  waiting 0.500 s for its turn"


def test_failed_ones_come_first_with_their_reason(stage: Stage) -> None:
    stage.seconds.update({"z": -1.0, "a": 9.0})
    plan = stage.plan(stage.driver("a"), stage.driver("z"), stage.driver("zz", "z"))
    status = seen(stage, plan, 3.0, on_failure="isolate")
    assert lines(status) == [
        "z   failed 2.0 s ago: OSError: it is broken",
        "a   running 3.0 s (times out in 87.0 s)",
        "zz  blocked for 2.0 s: it requires z, which failed",
    ]


def test_says_what_waits_for_another_attempt(stage: Stage) -> None:
    stage.seconds["a"] = -1.0
    plan = stage.plan(stage.driver("a", policy=Policy(retries=3, backoff=10)))
    assert lines(seen(stage, plan, 2.0)) == ["a  waiting 1.0 s for the next attempt"]


def test_says_what_stops_and_that_it_failed(stage: Stage) -> None:
    stage.seconds.update({"b": -1.0, "a:stop": 5.0})
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"))
    status = seen(stage, plan, 4.0)
    assert lines(status) == [
        "b  failed 2.0 s ago, now stopped: OSError: it is broken",
        "a  stopping for 1.0 s (times out in 29.0 s)",
    ]
    assert status.failed
    assert "is stopping" in next(render(status, View()))


def lost(stage: Stage, at: float, policy: str, *, alone: bool = False) -> Status:
    """Look at a run that loses ``db``, which ``app`` requires, two seconds after its start."""
    drivers = [stage.driver("app", "db"), *([] if alone else [stage.driver("web")])]
    plan = stage.plan(stage.driver("db"), *drivers)
    info = RunInfo(
        *("/base.toml", "base.toml", plan.digest, os.getpid(), process_stamp(os.getpid())),
        began_at=STARTED_AT,
        on_failure=policy,
    )
    recorder = stage.journal.start_run(info, plan)

    async def live() -> Status:
        executor = Executor(plan, reporters=[recorder], on_failure=policy)
        await executor.start()
        loop = asyncio.get_running_loop()
        stage.contexts["db"].lost("killed by SIGKILL")
        await asyncio.sleep(at)
        assert recorder.sync()
        run = stage.journal.last()
        assert run is not None
        status = status_of(run, clock=lambda: run.started_monotonic + loop.time())
        await executor.stop()
        return status

    return run_virtually(live())


def test_isolated_drivers_are_listed_with_their_reasons_while_the_rest_goes_on(stage: Stage) -> None:
    status = lost(stage, 5.0, "isolate")
    assert next(render(status, View())).startswith("base.toml is partly up, process ")
    assert lines(status) == [
        "db   failed 5.0 s ago, now stopped: killed by SIGKILL",
        "app  was blocked, now stopped: it requires db, which was lost: killed by SIGKILL",
    ]
    assert status.failed


def restarted(stage: Stage, times: int, compact_after: int = 10_000) -> RunRecord:
    """Return a run of this process in which ``a`` restarts by itself so often, a second apart."""
    plan = stage.plan(stage.driver("a"), stage.driver("b"))
    recorder = stage.journal.start_run(
        RunInfo("/base.toml", "base.toml", plan.digest, os.getpid(), process_stamp(os.getpid())), plan
    )
    recorder.writer.compact_after = compact_after
    for name in ("a", "b"):
        recorder.event(Event(0.0, name, State.STARTING))
        recorder.event(Event(1.0, name, State.READY))
    for at in range(2, times + 2):
        recorder.event(Event(at - 0.5, "a", State.READY, "start", StepEvent.RETRIED, "it exited with 1"))
        recorder.event(Event(float(at), "a", State.READY, "start", StepEvent.DONE, READY_AGAIN))
        assert recorder.sync()
    run = stage.journal.last()
    assert run is not None
    return run


def status_at(run: RunRecord, at: float) -> Status:
    return status_of(run, clock=lambda: run.started_monotonic + at)


def test_a_driver_that_restarted_by_itself_is_listed_with_the_last_time(stage: Stage) -> None:
    assert lines(status_at(restarted(stage, 1), 3.5)) == ["a  ready for 2.5 s, restarted by itself 1.5 s ago"]


@pytest.mark.parametrize("compact_after", [10_000, 1])
def test_restarts_are_counted_however_many_there_were(stage: Stage, compact_after: int) -> None:
    status = status_at(restarted(stage, 30, compact_after), 33.0)
    assert lines(status) == ["a  ready for 32.0 s, restarted by itself 30 times, the last time 2.0 s ago"]
    (driver,) = cast("dict[str, list[dict[str, object]]]", document(status))["drivers"]
    assert (driver["restarts"], driver["restarted_seconds"]) == (30, 2.0)


def test_restarts_before_a_start_are_not_counted(stage: Stage) -> None:
    run = restarted(stage, 2)
    stage.journal.add(run, [Event(at, "a", state) for at, state in ((5.0, State.STARTING), (6.0, State.READY))])
    assert lines(status_of(stage.journal.reread(run), every=True, clock=lambda: run.started_monotonic + 7.0)) == [
        "a  ready for 1.0 s",
        "b  ready for 6.0 s",
    ]


@pytest.mark.parametrize(
    ("mark", "phase", "said"),
    [(StepEvent.FAILED, "check", "db, whose check fails"), (StepEvent.RETRIED, "start", "db")],
)
def test_what_waits_for_a_driver_that_does_not_work_says_so(
    stage: Stage, mark: StepEvent, phase: str, said: str
) -> None:
    plan = stage.plan(stage.driver("db"), stage.driver("late", "db"))
    info = RunInfo("/base.toml", "base.toml", plan.digest, os.getpid(), process_stamp(os.getpid()))
    recorder = stage.journal.start_run(info, plan)
    recorder.event(Event(0.0, "db", State.STARTING))
    recorder.event(Event(1.0, "db", State.READY))
    recorder.event(Event(3.0, "db", State.READY, phase, mark, "it is sick"))
    assert recorder.sync()
    status = status_at(last_of(stage), 5.0)
    assert f"late  waiting 2.0 s for {said}" in lines(status)
    (late,) = (driver for driver in status.drivers if driver.driver == "late")
    assert late.awaited == (f"db:{phase}",)


def test_what_is_isolated_stops_by_itself(stage: Stage) -> None:
    status = lost(stage, 0.5, "isolate")
    assert " is partly up, " in next(render(status, View()))
    assert lines(status)[1].startswith(
        "app  stopping for 0.500 s (times out in 29.5 s); it requires db, which was lost"
    )


def test_where_all_is_lost_nothing_is_said_to_be_up(stage: Stage) -> None:
    assert " has no driver up any more, " in next(render(lost(stage, 5.0, "isolate", alone=True), View()))


@pytest.mark.parametrize(("policy", "said", "failed"), [("ignore", "is up,", False), ("abort", "is stopping,", True)])
def test_what_a_loss_means_is_as_its_policy_says(stage: Stage, policy: str, said: str, failed: bool) -> None:
    status = lost(stage, 0.5, policy)
    assert f" {said} " in next(render(status, View()))
    assert status.failed is failed


def test_the_policy_of_a_driver_goes_before_that_of_the_run(stage: Stage) -> None:
    stage.seconds.update({"a": -1.0, "b": 9.0})
    plan = stage.plan(stage.driver("a", policy=Policy(on_failure=OnFailure.IGNORE)), stage.driver("b"))
    status = seen(stage, plan, 1.5)
    assert status.counts[State.FAILED] == 1
    assert not status.failed


def test_of_a_killed_run_it_says_where_it_stood(stage: Stage) -> None:
    plan = stage.plan(stage.driver("a"), stage.driver("b", "a"), stage.driver("c", "b"))
    run = stage.run(plan, killed_at=1.5, info={"began_at": STARTED_AT})
    status = status_of(run)
    assert status.failed
    assert lines(status) == ["b  was starting"]
    headline, counts, *_ = render(status, View())
    assert headline.startswith("stack.toml was killed; last recorded 1.0 s after its start, process")
    assert counts.startswith("  3 drivers: last known "), "what became of them since, nobody has seen"


def test_a_run_that_went_well_has_no_message(stage: Stage) -> None:
    status = status_of(stage.run(stage.plan(stage.driver("a"), stage.driver("b")), info={"began_at": STARTED_AT}))
    assert not status.failed
    assert lines(status) == []
    assert list(render(status, View()))[1] == "  2 drivers: 2 stopped"


def test_of_a_run_that_failed_it_says_why_though_all_was_stopped(stage: Stage) -> None:
    stage.seconds["b"] = -1.0
    run = stage.run(stage.plan(stage.driver("a"), stage.driver("b", "a")), info={"began_at": STARTED_AT})
    status = status_of(run)
    assert status.failed
    assert lines(status) == ["b  failed, now stopped: OSError: it is broken"]


def test_every_driver_is_listed_on_request(stage: Stage) -> None:
    run = stage.run(stage.plan(stage.driver("a"), stage.driver("b")), info={"began_at": STARTED_AT})
    assert lines(status_of(run, every=True)) == ["a  stopped", "b  stopped"]


def test_more_than_asked_for_are_counted(stage: Stage) -> None:
    plan = stage.plan(*(stage.driver(f"d{number}") for number in range(5)))
    run = stage.run(plan, killed_at=0.5, info={"began_at": STARTED_AT})
    assert lines(status_of(run, limit=2)) == ["d0  was starting", "d1  was starting", "and 3 more: --all"]


@pytest.mark.parametrize(
    ("stops", "killed_at", "mode", "said"),
    [
        (True, None, "foreground", "completed after 2.0 s"),
        (False, None, "leave-running", ", 1.0 s after its start; not watched since"),
        (True, 0.5, "foreground", "was killed; last recorded 0.000 s after its start"),
    ],
)
def test_the_headline_says_how_it_ended(
    stage: Stage, stops: bool, killed_at: float | None, mode: str, said: str
) -> None:
    info = {"began_at": STARTED_AT, "mode": mode}
    run = stage.run(stage.plan(stage.driver("a")), stops=stops, killed_at=killed_at, info=info)
    assert said in next(render(status_of(run), View()))


def test_names_of_users_are_escaped(stage: Stage) -> None:
    stage.seconds["a\x1b[2J"] = -1.0
    run: RunRecord = stage.run(stage.plan(stage.driver("a\x1b[2J")), info={"began_at": STARTED_AT, "title": "\x07"})
    text = "\n".join(render(status_of(run), View()))
    assert text.replace("\n", "").isprintable()
    assert "a\\x1b[2J  failed" in text


def test_what_a_reload_let_go_is_no_part_of_it_any_more(stage: Stage) -> None:
    kept = stage.driver("kept")
    plan = stage.plan(kept)
    stage.seconds["bad:start"] = -1.0
    info = RunInfo("/a.toml", "a.toml", plan.digest, os.getpid(), process_stamp(os.getpid()), began_at=STARTED_AT)
    recorder = stage.journal.start_run(info, plan)

    async def live() -> Status:
        executor = Executor(plan, reporters=[recorder])
        await executor.start()
        await executor.reload(stage.plan(kept, stage.driver("bad", "kept")))
        assert recorder.sync()
        run = stage.journal.last()
        assert run is not None
        status = status_of(run, clock=lambda: run.started_monotonic + 9.0)
        executor.release()
        return status

    status = run_virtually(live())
    assert (status.counts, status.drivers) == ({State.READY: 1}, ())
    assert next(render(status, View())).startswith("a.toml is up, process ")


def test_says_what_is_being_restarted_and_that_it_is_back(stage: Stage) -> None:
    plan = stage.plan(stage.driver("app", "db"), stage.driver("db"))
    info = RunInfo("/base.toml", "base.toml", plan.digest, os.getpid(), process_stamp(os.getpid()), began_at=STARTED_AT)
    recorder = stage.journal.start_run(info, plan)

    async def live() -> list[list[str]]:
        executor = Executor(plan, reporters=[recorder])
        await executor.start()
        loop = asyncio.get_running_loop()
        found = []
        for reason in ("it exited with 1; restart 1 of 5 in 3 s", None):
            if reason is None:
                stage.contexts["db"].restarted()
            else:
                stage.contexts["db"].restarting(reason)
            await asyncio.sleep(1.5)
            assert recorder.sync()
            found.append(lines(status_of(last_of(stage), clock=lambda: last_of(stage).started_monotonic + loop.time())))
        await executor.stop()
        return found

    assert run_virtually(live()) == [
        ["db  restarting for 1.5 s; it exited with 1; restart 1 of 5 in 3 s"],
        ["db  ready for 4.0 s, restarted by itself 1.5 s ago"],
    ]
    assert recorder.sync()
    assert measured(last_of(stage)) == pytest.approx({"app:start": 1.0, "db:start": 1.0})


def last_of(stage: Stage) -> RunRecord:
    """Return the last run."""
    run = stage.journal.last()
    assert run is not None
    return run
