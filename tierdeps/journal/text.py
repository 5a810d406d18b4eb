"""The status of a run as text for people: what became of it, counts of states, and the drivers that need a look."""

from __future__ import annotations

from time import localtime, strftime
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.journal.status import LEAVE_RUNNING, Activity
from tierdeps.model.report import State
from tierdeps.words.sentences import seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.journal.orphaned import LeftProcess
    from tierdeps.journal.snapshot import RunRecord
    from tierdeps.journal.status import DriverStatus, Status

#: So many processes that were left are listed.
MAX_PROCESSES_SHOWN = 20
#: So many awaited steps are named.
MAX_STEPS_SHOWN = 3
#: States of what is up.
UP = (State.READY, State.ADOPTED)
#: States of what is up, or on its way there.
UP_OR_STARTING = (State.PENDING, State.STARTING, State.READY, State.ADOPTED)


def status_lines(status: Status) -> Iterator[str]:
    """Yield the lines of ``tierdeps status``."""
    run = status.run
    yield printable(f"{run.info.title}: {headline(status)}")
    counts = ", ".join(f"{count} {state}" for state, count in status.counts.items())
    count = sum(status.counts.values())
    known = "last known " if counts and (run.killed or _left(run)) else ""
    yield f"  {count} driver{'' if count == 1 else 's'}: {known}{counts or 'nothing to start'}"
    if run.outcome and run.outcome.problem:
        yield printable(f"  {run.outcome.problem}")
    if run.outcome and run.ended_at is not None:
        yield from (printable(f"  note: {note}") for note in run.outcome.notes)
    if status.drivers:
        yield ""
    for driver in status.drivers:
        yield printable(f"  {sentence(driver, over=not run.alive)}")
    if status.more:
        yield f"  and {status.more} more: --all"
    yield from _left_lines(status)


def _left_lines(status: Status) -> Iterator[str]:
    """Yield lines for the processes that a run left, and how many drivers have no process that could be found."""
    run = status.run
    if status.left:
        yield ""
    for one in status.left[:MAX_PROCESSES_SHOWN]:
        yield printable(f"  {left_sentence(one)}")
    more = len(status.left) - MAX_PROCESSES_SHOWN
    if more > 0:
        yield f"  and {more} more processes: --format json"
    others = sum(status.counts.get(state, 0) for state in UP) - sum(one.ready for one in status.left)
    if _left(run) and others > 0:
        yield f"  of {others} of them nothing is known since: only processes that run can be found"


def left_sentence(one: LeftProcess) -> str:
    """Return a sentence about a process that was left."""
    if not one.alive:
        return f"{one.driver} has ended since: process {one.pid}"
    more = "" if one.ready else ", and was not ready yet"
    not_ours = "" if one.ours else ", but does not bear our marks any more"
    return f"{one.driver} still runs, as process {one.pid}{more}{not_ours}"


def headline(status: Status) -> str:
    """Return what a run is doing, or what became of it."""
    run, took = status.run, seconds_text(status.seconds)
    started = moment(run.info.began_at)
    if run.alive:
        return f"{_activity(run, status)}, process {run.info.pid}, since {started} ({took})"
    if run.killed:
        # When it was killed is not known: it may have been up for days without any event.
        return f"was killed; last recorded {took} after its start, process {run.info.pid}, started {started}"
    if _left(run):
        since = "not watched since" if any(status.counts.get(state) for state in UP) else "stopped since"
        return f"was left running by a run that ended at {moment(run.ended_at or 0)}, {took} after its start; {since}"
    how = "ended well" if not status.failed else "failed"
    if run.outcome and run.outcome.interrupted:
        how = "was interrupted"
    return f"{how} after {took}, process {run.info.pid}, started {started}"


def _left(run: RunRecord) -> bool:
    """Return whether a run is over that came up and left what it started running."""
    came_up = run.outcome is not None and run.outcome.ready and not run.outcome.interrupted
    return run.info.mode == LEAVE_RUNNING and run.ended_at is not None and came_up


def _activity(run: RunRecord, status: Status) -> str:
    if status.stopping:
        return "is stopping"
    if run.ready_at is None:
        return "is starting"
    if status.broken and not any(status.counts.get(state) for state in UP_OR_STARTING):
        return "has nothing up any more"
    if not (run.outcome and run.outcome.ready) or status.broken:
        return "is up in part"
    return "is up, but degraded" if status.degraded else "is up"


def moment(seconds: float) -> str:
    """Format a moment in local time."""
    return strftime("%Y-%m-%d %H:%M:%S", localtime(seconds))


def sentence(one: DriverStatus, *, over: bool = False) -> str:
    """Return what a driver does or waits for, and for how long; or in which state it was when its run was ``over``."""
    if one.activity is Activity.NOTHING:
        return _state_sentence(one, over=over)
    took = seconds_text(one.seconds)
    left = "" if one.deadline_in is None else f", deadline in {seconds_text(max(0.0, one.deadline_in))}"
    name = one.step.removesuffix(":start") or one.driver
    what = {
        Activity.RUNS: "runs",
        Activity.RETRIES: "waits for another attempt",
        Activity.RESTARTS: "is being restarted",
        Activity.WAITS: f"waits for {_awaited(one.awaited)}",
        Activity.STOPS: "stops",
    }[one.activity]
    why = f"; it failed: {one.failure}" if one.failure else f"; {one.reason}" if one.reason else ""
    return f"{name} {what} since {took}{left}{why}"


def _state_sentence(one: DriverStatus, *, over: bool) -> str:
    if one.failure and one.state is not State.FAILED:
        return f"{one.driver} failed, and is {one.state}: {one.failure}"
    if one.reason and one.state is State.STOPPED:
        return f"{one.driver} was blocked, and is stopped: {one.reason}"
    since = "" if over else f" since {seconds_text(one.seconds)}"
    be = "" if one.state is State.FAILED else "was " if over else "is "
    if one.degraded:
        return f"{one.driver} {be}{one.state} ({one.reason}){since}"
    return f"{one.driver} {be}{one.state}{since}{f': {one.reason}' if one.reason else ''}"


def _awaited(steps: tuple[str, ...]) -> str:
    more = f" and {len(steps) - MAX_STEPS_SHOWN} more" if len(steps) > MAX_STEPS_SHOWN else ""
    return ", ".join(step.removesuffix(":start") for step in steps[:MAX_STEPS_SHOWN]) + more
