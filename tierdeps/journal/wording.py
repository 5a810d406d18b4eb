"""How a run stands, in words: what it is, the states in counts, and who is not simply up."""

from __future__ import annotations

from time import localtime, strftime
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.journal.status import LEAVE_RUNNING, Doing
from tierdeps.model.report import State
from tierdeps.words.sentences import seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.journal.left import LeftProcess
    from tierdeps.journal.record import RunRecord
    from tierdeps.journal.status import DriverStatus, Status

#: So many processes that were left are named.
SHOWN = 20
#: States of what is up.
WELL = (State.READY, State.ADOPTED)
#: So many awaited steps are named.
NAMED = 3
#: States of what is up, or on its way there.
UP = (State.PENDING, State.STARTING, State.READY, State.ADOPTED)


def status_lines(status: Status) -> Iterator[str]:
    """Yield the lines."""
    run = status.run
    yield printable(f"{run.info.title}: {headline(status)}")
    counts = ", ".join(f"{count} {state}" for state, count in status.counts.items())
    count = sum(status.counts.values())
    known = "last known " if counts and (run.killed or _left(run)) else ""
    yield f"  {count} driver{'' if count == 1 else 's'}: {known}{counts or 'nothing to start'}"
    if run.ending and run.ending.problem:
        yield printable(f"  {run.ending.problem}")
    if run.ending and run.ended_at is not None:
        yield from (printable(f"  note: {note}") for note in run.ending.notes)
    if status.drivers:
        yield ""
    for driver in status.drivers:
        yield printable(f"  {sentence(driver, over=not run.alive)}")
    if status.more:
        yield f"  and {status.more} more: --all"
    yield from _left_lines(status)


def _left_lines(status: Status) -> Iterator[str]:
    """Yield what is known of the processes that a run left, and of what is no process."""
    run = status.run
    if status.left:
        yield ""
    for one in status.left[:SHOWN]:
        yield printable(f"  {left_sentence(one)}")
    more = len(status.left) - SHOWN
    if more > 0:
        yield f"  and {more} more processes: --format json"
    others = sum(status.counts.get(state, 0) for state in WELL) - sum(one.ready for one in status.left)
    if _left(run) and others > 0:
        yield f"  of {others} of them nothing is known since: only processes that run can be found"


def left_sentence(one: LeftProcess) -> str:
    """Return what is known of a process that was left."""
    if not one.alive:
        return f"{one.driver} has ended since: process {one.pid}"
    more = "" if one.ready else ", and was not ready yet"
    alien = "" if one.ours else ", but does not bear our marks any more"
    return f"{one.driver} still runs, as process {one.pid}{more}{alien}"


def headline(status: Status) -> str:
    """Say what became of a run, or what it is about."""
    run, took = status.run, seconds_text(status.seconds)
    began = moment(run.info.began_at)
    if run.alive:
        return f"{_about(run, status)}, process {run.info.pid}, since {began} ({took})"
    if run.killed:
        # when it was killed nobody knows: it may have been up for days without anything to record
        return f"was killed; last recorded {took} after its start, process {run.info.pid}, started {began}"
    if _left(run):
        since = "not watched since" if any(status.counts.get(state) for state in WELL) else "stopped since"
        return f"was left running by a run that ended at {moment(run.ended_at or 0)}, {took} after its start; {since}"
    how = "ended well" if not status.failed else "failed"
    if run.ending and run.ending.interrupted:
        how = "was interrupted"
    return f"{how} after {took}, process {run.info.pid}, started {began}"


def _left(run: RunRecord) -> bool:
    """Return whether a run came up, left what it had started, and is over."""
    came_up = run.ending is not None and run.ending.ready and not run.ending.interrupted
    return run.info.mode == LEAVE_RUNNING and run.ended_at is not None and came_up


def _about(run: RunRecord, status: Status) -> str:
    if status.stopping:
        return "is stopping"
    if run.ready_at is None:
        return "is starting"
    if status.broken and not any(status.counts.get(state) for state in UP):
        return "has nothing up any more"
    return "is up" if run.ending and run.ending.ready and not status.broken else "is up in part"


def moment(seconds: float) -> str:
    """Say when, in the time of this place."""
    return strftime("%Y-%m-%d %H:%M:%S", localtime(seconds))


def sentence(one: DriverStatus, *, over: bool = False) -> str:
    """Say what a driver does, or waits for, and for how long; or what it was when its run was ``over``."""
    if one.doing is Doing.NOTHING:
        return _standing(one, over=over)
    took = seconds_text(one.seconds)
    left = "" if one.deadline_in is None else f", deadline in {seconds_text(max(0.0, one.deadline_in))}"
    name = one.step.removesuffix(":start") or one.driver
    what = {
        Doing.RUNS: "runs",
        Doing.RETRIES: "waits for another attempt",
        Doing.RESTARTS: "is being restarted",
        Doing.WAITS: f"waits for {_awaited(one.awaited)}",
        Doing.STOPS: "stops",
    }[one.doing]
    why = f"; it failed: {one.failure}" if one.failure else f"; {one.reason}" if one.reason else ""
    return f"{name} {what} since {took}{left}{why}"


def _standing(one: DriverStatus, *, over: bool) -> str:
    if one.failure and one.state is not State.FAILED:
        return f"{one.driver} failed, and is {one.state}: {one.failure}"
    if one.reason and one.state is State.STOPPED:
        return f"{one.driver} was blocked, and is stopped: {one.reason}"
    since = "" if over else f" since {seconds_text(one.seconds)}"
    be = "" if one.state is State.FAILED else "was " if over else "is "
    return f"{one.driver} {be}{one.state}{since}{f': {one.reason}' if one.reason else ''}"


def _awaited(steps: tuple[str, ...]) -> str:
    more = f" and {len(steps) - NAMED} more" if len(steps) > NAMED else ""
    return ", ".join(step.removesuffix(":start") for step in steps[:NAMED]) + more
