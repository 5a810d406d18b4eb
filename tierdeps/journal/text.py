"""The status of a run as text for people: what became of it, counts of states, and the drivers that need a look."""

from __future__ import annotations

from collections import Counter
from time import localtime, strftime
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.journal.status import LEAVE_RUNNING, Activity
from tierdeps.model.report import CHECK, ON_REQUEST, State
from tierdeps.words.layout import Hanging
from tierdeps.words.palette import PLAIN
from tierdeps.words.sentences import counted, host_note, seconds_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tierdeps.journal.orphaned import LeftProcess
    from tierdeps.journal.snapshot import RunRecord
    from tierdeps.journal.status import DriverStatus, Status
    from tierdeps.words.palette import Palette

#: The maximal number of left processes that are listed.
MAX_PROCESSES_SHOWN = 20
#: The maximal number of awaited steps that are named.
MAX_STEPS_SHOWN = 3
#: The colours of states.
KINDS = {
    State.READY: "good",
    State.ADOPTED: "good",
    State.STARTING: "changed",
    State.STOPPING: "changed",
    State.FAILED: "error",
    State.BLOCKED: "error",
}
#: States of drivers that workers of a fleet do not hold for a run that is over.
NOT_HELD = (State.STOPPED, State.SKIPPED, State.ADOPTED)
#: States of what is up.
UP = (State.READY, State.ADOPTED)
#: States of what is up, or on its way there.
UP_OR_STARTING = (State.PENDING, State.STARTING, State.READY, State.ADOPTED)


def status_lines(status: Status, palette: Palette = PLAIN) -> Iterator[str]:
    """Yield the lines of ``tierdeps status``: drivers tier by tier, those that most others wait for first."""
    run = status.run
    yield f"{palette('title', printable(run.info.title))} {printable(headline(status))}"
    counts = ", ".join(f"{count} {palette(KINDS.get(state, 'dim'), state)}" for state, count in status.counts.items())
    count = sum(status.counts.values())
    known = "last known " if counts and (run.killed or _left(run)) else ""
    yield f"  {counted(count, 'driver')}: {known}{counts or 'nothing to start'}"
    if run.outcome and run.outcome.problem:
        yield f"  {palette('error', printable(run.outcome.problem))}"
    if run.outcome and run.ended_at is not None:
        yield from (printable(f"  note: {note}") for note in run.outcome.notes)
    yield from _driver_lines(status, palette)
    if status.more:
        yield f"  and {status.more} more: --all"
    yield from _left_lines(status)


def _driver_lines(status: Status, palette: Palette) -> Iterator[str]:
    """Yield the drivers below their tiers; where there is one tier only, it is not named."""
    waiting = Counter(step for one in status.drivers for step in one.awaited)
    shown_deadlines = {_step(one) for one in status.drivers if one.activity is Activity.RUNS}
    tiers = {name: place for place, (name, _) in enumerate(status.run.plan_summary.tiers)}

    def rank(one: DriverStatus) -> tuple[int, bool, int]:
        return tiers.get(one.tier, len(tiers)), not one.failure, -waiting[one.step]

    width = max((len(_named(one)) for one in status.drivers), default=0)
    tier = None
    for one in sorted(status.drivers, key=rank):
        if one.tier != tier:
            tier = one.tier
            yield from ("", palette("tier", printable(tier))) if len(tiers) > 1 else ("",)
        name = printable(_step(one))
        repeated = bool(shown_deadlines.intersection(step.removesuffix(":start") for step in one.awaited))
        said = activity_text(one, over=not status.run.alive, deadline=not repeated and not _waits_for_run(one))
        text = (
            f"  {palette.step(name)}{_named(one)[len(name) :]}{' ' * (width - len(_named(one)) + 2)}{printable(said)}"
            f"{_waiting_text(waiting[one.step])}"
        )
        yield Hanging.at(width + 4, text)


def _named(one: DriverStatus) -> str:
    """Return the name of a driver or its step, and its host where the name does not end with it."""
    return printable(" ".join(filter(None, (_step(one), host_note(one.driver, one.host or None)))))


def _waiting_text(count: int) -> str:
    """Return how many drivers wait for one."""
    return "" if not count else "; 1 other waits for it" if count == 1 else f"; {count} others wait for it"


def _waits_for_run(one: DriverStatus) -> bool:
    """Return whether a driver waits for its tier or its turn, so that only the deadline of the run limits it."""
    return one.activity is Activity.WAITS and not any(":" in step for step in one.awaited)


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
    if is_held_by_workers(run) and others > 0:
        yield f"  the workers may still hold them, {_how_held([run])}"
    elif _left(run) and others > 0:
        yield f"  of {others} of them are unknown since: only running processes can be found"


def is_held_by_workers(run: RunRecord) -> bool:
    """Return whether workers may hold drivers of a run that is over; those that a start starts itself end with it.

    They hold none that was stopped since, as ``tierdeps stop`` records it.
    """
    if run.info.engine != "dask" or not run.info.scheduler or not (run.killed or _left(run)):
        return False
    inherited = {*run.inherited}
    return any(
        (driver.was_started or name in inherited) and driver.state not in NOT_HELD
        for name, driver in run.states().items()
    )


def held_by_workers(runs: Iterable[RunRecord]) -> str:
    """Return what may still run on the hosts of a fleet, as the end of a sentence; empty if no run left it there.

    Only the workers know it: processes are looked for by the instance of a run on this host alone.
    """
    held = [run for run in runs if is_held_by_workers(run)]
    if not held:
        return ""
    return f"; the workers of {', '.join(run.info.title for run in held)} may still hold its drivers, {_how_held(held)}"


def _how_held(runs: Sequence[RunRecord]) -> str:
    """Return for how long workers hold drivers, and what stops these."""
    stop = "tierdeps stop" if all(run.killed for run in runs) else "tierdeps stop --left"
    return f"until their lease ends or longer: {stop} stops them there"


def left_sentence(one: LeftProcess) -> str:
    """Return a sentence about a process that was left."""
    if not one.alive:
        return f"{one.driver} has ended since: process {one.pid}"
    more = "" if one.ready else ", and was not ready yet"
    not_ours = "" if one.ours else ", but no longer has the marks of this instance"
    return f"{one.driver} is still running as process {one.pid}{more}{not_ours}"


def headline(status: Status) -> str:
    """Return what a run is doing, or what became of it."""
    run, took = status.run, seconds_text(status.seconds)
    started = moment(run.info.began_at)
    if run.alive:
        left = run.info.deadline - status.seconds
        times_out = f"; times out in {seconds_text(max(0.0, left))}" if run.ready_at is None else ""
        return f"{_activity(run, status)}, process {run.info.pid}, since {started} ({took}{times_out})"
    if run.killed:
        # When it was killed is not known: it may have been up for days without any event.
        stopped = run.info.scheduler and not is_held_by_workers(run)
        since = ", and its workers hold nothing of it any more" if stopped else ""
        return f"was killed{since}; last recorded {took} after its start, process {run.info.pid}, started {started}"
    if _left(run):
        since = "not watched since" if any(status.counts.get(state) for state in UP) else "stopped since"
        return f"was left running by a run that ended at {moment(run.ended_at or 0)}, {took} after its start; {since}"
    how = "completed" if not status.failed else "failed"
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
        return "has no driver up any more"
    if not (run.outcome and run.outcome.ready) or status.broken:
        return "is partly up"
    return "is up, but degraded" if status.degraded else "is up"


def moment(seconds: float) -> str:
    """Format a moment in local time."""
    return strftime("%Y-%m-%d %H:%M:%S", localtime(seconds))


def sentence(one: DriverStatus, *, over: bool = False) -> str:
    """Return a driver's name and what it does; or in which state it was when its run was ``over``."""
    return f"{_step(one)}: {activity_text(one, over=over)}"


def _step(one: DriverStatus) -> str:
    """Return the name of a driver, or of the step that it is at."""
    return one.driver if one.activity is Activity.NOTHING else one.step.removesuffix(":start") or one.driver


def activity_text(one: DriverStatus, *, over: bool = False, deadline: bool = True) -> str:
    """Return what a driver does or waits for, for how long, and if ``deadline``, when that times out."""
    if one.activity is Activity.NOTHING:
        return _state_text(one, over=over)
    took = seconds_text(one.seconds)
    what = {
        Activity.RUNS: f"running {took}",
        Activity.RETRIES: f"waiting {took} for the next attempt",
        Activity.RESTARTS: f"restarting for {took}",
        Activity.FAILS_CHECK: f"its check fails for {took}",
        Activity.WAITS: f"waiting {took} for {_awaited(one.awaited)}",
        Activity.STOPS: f"stopping for {took}",
    }[one.activity]
    left = ""
    if one.deadline_in is not None and deadline:
        left = f" (times out in {seconds_text(max(0.0, one.deadline_in))})"
    why = f"; it failed: {one.failure}" if one.failure else f"; {one.reason}" if one.reason else ""
    return f"{what}{left}{why}"


def _state_text(one: DriverStatus, *, over: bool) -> str:
    if one.failure and one.state is not State.FAILED:
        failed = "" if over or one.failed_seconds is None else f" {seconds_text(one.failed_seconds)} ago"
        return f"failed{failed}, now {one.state}: {one.failure}"
    if one.reason and one.state is State.STOPPED and not one.reason.startswith(ON_REQUEST):
        return f"was blocked, now stopped: {one.reason}"
    took = seconds_text(one.seconds)
    since = "" if over else f" {took} ago" if one.state in (State.FAILED, State.STOPPED) else f" for {took}"
    was = "was " if over and one.state in (*UP_OR_STARTING, State.STOPPING) else ""
    if one.degraded:
        return f"{was}{one.state} ({one.reason}){since}{_restarts_text(one, over=over)}"
    return f"{was}{one.state}{since}{_restarts_text(one, over=over)}{f': {one.reason}' if one.reason else ''}"


def _restarts_text(one: DriverStatus, *, over: bool) -> str:
    """Return how often a driver restarted by itself, and when the last time, to be added to its state."""
    if one.restarted_seconds is None:
        return ""
    ago = "" if over else f" {seconds_text(one.restarted_seconds)} ago"
    if one.restarts == 1:
        return f", restarted by itself{ago}"
    return f", restarted by itself {one.restarts} times{ago and f', the last time{ago}'}"


def _awaited(steps: tuple[str, ...]) -> str:
    more = f" and {len(steps) - MAX_STEPS_SHOWN} more" if len(steps) > MAX_STEPS_SHOWN else ""
    return ", ".join(map(_awaited_step, steps[:MAX_STEPS_SHOWN])) + more


def _awaited_step(step: str) -> str:
    driver, _, phase = step.rpartition(":")
    return f"{driver}, whose check fails" if driver and phase == CHECK else step.removesuffix(":start")
