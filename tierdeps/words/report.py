"""The report of a run as text: root causes first, each with what it blocked, then what was stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.model import State
from tierdeps.words.sentences import MINUTES_FROM_S, counted, host_note, seconds_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tierdeps.model import Outcome, Report

#: The maximal number of names that are listed; further ones are counted.
MAX_NAMES = 12


def report_lines(
    report: Report,
    known: Collection[str] = (),
    *,
    verbose: bool = False,
    printed: Collection[str] = (),
    came_up: bool = False,
) -> Iterator[str]:
    """Yield the report's lines, without the notes in ``known``; unless ``verbose``, hint at tracebacks.

    ``printed`` are drivers whose failure was printed at once: of them only the consequences are printed. If the
    run ``came_up``, what failed is not its start.
    """
    yield from (printable(line) for line in _lines(report, known, printed, verbose=verbose, came_up=came_up))


def blocked_lines(report: Report) -> Iterator[str]:
    """Yield which drivers are blocked by each failure."""
    for outcome in report.root_causes:
        yield from (printable(line) for line in _blocked_by(outcome, report, f"blocked by {outcome.driver}"))


def traceback_lines(driver: str, traceback: str) -> Iterator[str]:
    """Yield the lines of a traceback, each after the driver's name."""
    yield from (printable(f"{driver} | {line}") for line in traceback.splitlines())


def note_lines(report: Report, known: Collection[str] = ()) -> Iterator[str]:
    """Yield only the notes, without those in ``known``."""
    yield from (printable(f"note: {note}") for note in report.notes if note not in known)


def stopped_names(report: Report) -> str:
    """Return which drivers are stopped on request, to be added to a sentence; empty where there is none."""
    names = [outcome.driver for outcome in report.outcomes if outcome.start_state is State.STOPPED]
    return f", except for those stopped on request: {_names(names)}" if names else ""


def degraded_names(report: Report) -> str:
    """Return which drivers are ready and not whole, to be added to a sentence; empty where there is none."""
    names = [outcome.driver for outcome in report.degraded]
    return f", but degraded: {_names(names)}" if names else ""


def _lines(
    report: Report, known: Collection[str], printed: Collection[str], *, verbose: bool, came_up: bool
) -> Iterator[str]:
    if report.problem:
        yield f"error: {report.problem}"
    yield from (f"error: {problem}" for problem in report.plan.problems)
    for outcome in report.root_causes:
        if outcome.driver in printed:
            yield from _blocked_by(outcome, report, f"blocked by {outcome.driver}")
        else:
            yield f"{_root(outcome)}: {_placed(outcome, report)}: {outcome.reason}"
            yield from _blocked_by(outcome, report)
    for outcome in report.degraded:
        yield f"degraded: {_placed(outcome, report)}: {outcome.degraded}"
    for outcome in report.blocking_skips:
        yield f"skipped: {outcome.driver}: {outcome.reason}"
        yield from _blocked_by(outcome, report)
    cut = [outcome for outcome in report.outcomes if outcome.state is State.STARTING]
    for outcome in cut:
        yield f"cancelled: {outcome.driver}: {outcome.reason}"
    if report.nothing_up:
        told = report.blocking_skips
        yield from _skipped([outcome for outcome in report.outcomes if outcome not in told])
    yield from _undone(report)
    if not verbose:
        yield from _hint(report.outcomes)
    yield from (f"note: {note}" for note in report.notes if note not in known)
    yield _summary(report, came_up=came_up)


def _root(outcome: Outcome) -> str:
    """Return what became of a driver that nothing else has blocked."""
    if outcome.start_state is State.BLOCKED:
        return "blocked"
    return "failed, ignored" if outcome.ignored else "failed"


def _blocked_by(outcome: Outcome, report: Report, lead: str = "  blocked by it") -> Iterator[str]:
    blocked = [other.driver for other in report.blocked if outcome.driver in other.cause]
    if blocked:
        yield f"{lead}: {_names(blocked)}"


def _hint(outcomes: Sequence[Outcome]) -> Iterator[str]:
    count = sum(bool(one.traceback and (one.state is State.FAILED or one.stop_error)) for one in outcomes)
    if count:
        yield f"hint: -v shows the traceback{'s' if count > 1 else ''}"


def _skipped(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield a line for each reason for which drivers were skipped, with their names."""
    reasons: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.state is State.SKIPPED:
            reasons.setdefault(outcome.reason, []).append(outcome.driver)
    for reason, names in reasons.items():
        yield f"skipped: {_names(names)}: {reason}"


def _placed(outcome: Outcome, report: Report) -> str:
    """Return the name of a driver, and its host where the name does not say so."""
    driver = report.plan.drivers.get(outcome.driver)
    note = host_note(outcome.driver, None if driver is None else driver.host)
    return f"{outcome.driver} {note}" if note else outcome.driver


def _undone(report: Report) -> Iterator[str]:
    outcomes = report.outcomes
    for outcome in outcomes:
        if outcome.stop_error:
            yield f"stop failed: {_placed(outcome, report)}: {outcome.stop_error}"
        for straggler in outcome.stragglers:
            yield f"left behind: {straggler}"
    stopped = [outcome.driver for outcome in reversed(outcomes) if outcome.stopped]  # about as they were stopped
    if stopped:
        yield f"stopped: {_names(stopped)}"


def _names(names: list[str]) -> str:
    more = f", and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def _summary(report: Report, *, came_up: bool) -> str:
    """Return what the run came to, in one line."""
    counts = _counts(report)
    if report.degraded:
        counts["degraded"] = len(report.degraded)
    number, took = len(report.outcomes), duration_text(report.seconds)
    if report.interrupted:
        return f"interrupted after {took}: {_listed(counts)}"
    if report.nothing_up:
        return f"nothing was started: {_listed(counts)}" if report.outcomes else "nothing was started"
    if not report.ready:
        return f"{'run' if came_up else 'start'} failed: {_listed(counts)}; {counted(number, 'driver')}, {took}"
    up = counts.pop("ready", 0)
    verb = "started and stopped" if any(outcome.stopped for outcome in report.outcomes) else "started"
    counts["not stopped cleanly"] = sum(bool(outcome.stop_error) for outcome in report.outcomes)
    others = _listed({name: count for name, count in counts.items() if count})
    return f"{verb} {up} of {counted(number, 'driver')} in {took}{f' ({others})' if others != 'nothing' else ''}"


def started_text(report: Report, *, timed: bool = True) -> str:
    """Return how many drivers a start has brought up, and how long that took."""
    up = sum(outcome.start_state is State.READY for outcome in report.outcomes)
    took = f" in {duration_text(report.seconds)}" if timed else ""
    return f"started {up} of {counted(len(report.outcomes), 'driver')}{took}"


def duration_text(seconds: float) -> str:
    """Return a duration to the hundredth of a second, a long one in minutes or more."""
    return f"{seconds:.2f} s" if seconds < MINUTES_FROM_S else seconds_text(seconds)


def _counts(report: Report) -> dict[str, int]:
    """Return the numbers of the states that drivers have, the worst first."""
    states = [outcome.state for outcome in report.outcomes]
    kinds = (State.FAILED, State.BLOCKED, State.READY, State.ADOPTED, State.SKIPPED)
    counts = {str(state): states.count(state) for state in kinds}
    counts["stopped before on request"] = states.count(State.STOPPED)
    counts["not started"] = states.count(State.PENDING) + states.count(State.STARTING)
    return {name: count for name, count in counts.items() if count}


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing"
