"""The report of a run as text: root causes first, each with what it blocked, then what was stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.model import State
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from tierdeps.model import Outcome, Report

#: Further names are only counted.
MAX_NAMES = 12


def report_lines(
    report: Report, known: Collection[str] = (), *, verbose: bool = False, printed: Collection[str] = ()
) -> Iterator[str]:
    """Yield the report's lines, without the notes in ``known``; unless ``verbose``, hint at tracebacks.

    ``printed`` are drivers whose failure was printed when it happened: of them only the consequences are told.
    """
    yield from (printable(line) for line in _lines(report, known, printed, verbose=verbose))


def blocked_lines(report: Report) -> Iterator[str]:
    """Yield which drivers are blocked by each failure."""
    for outcome in report.root_causes:
        yield from (printable(line) for line in _blocked_by(outcome, report, f"blocked by {outcome.driver}"))


def traceback_lines(driver: str, traceback: str) -> Iterator[str]:
    """Yield the lines of a traceback, each after the driver's name."""
    yield from (printable(f"{driver} | {line}") for line in traceback.splitlines())


def note_lines(report: Report) -> Iterator[str]:
    """Yield only the notes."""
    yield from (printable(f"note: {note}") for note in report.notes)


def degraded_names(report: Report) -> str:
    """Return which drivers are ready and not whole, to be added to a sentence; empty where there is none."""
    names = [outcome.driver for outcome in report.degraded]
    return f", but degraded: {_names(names)}" if names else ""


def _lines(report: Report, known: Collection[str], printed: Collection[str], *, verbose: bool) -> Iterator[str]:
    if report.problem:
        yield f"error: {report.problem}"
    yield from (f"error: {problem}" for problem in report.plan.problems)
    for outcome in report.root_causes:
        if outcome.driver in printed:
            yield from _blocked_by(outcome, report, f"blocked by {outcome.driver}")
        else:
            yield f"{_root(outcome)}: {outcome.driver}: {outcome.reason}"
            yield from _blocked_by(outcome, report)
    for outcome in report.degraded:
        yield f"degraded: {outcome.driver}: {outcome.degraded}"
    for outcome in report.blocking_skips:
        yield f"skipped: {outcome.driver}: {outcome.reason}"
        yield from _blocked_by(outcome, report)
    cut = [outcome for outcome in report.outcomes if outcome.state is State.STARTING]
    for outcome in cut:
        yield f"cut short: {outcome.driver}: {outcome.reason}"
    if report.nothing_up:
        told = report.blocking_skips
        yield from _skipped([outcome for outcome in report.outcomes if outcome not in told])
    yield from _undone(report.outcomes)
    if not verbose:
        yield from _hint(report.outcomes)
    yield from (f"note: {note}" for note in report.notes if note not in known)
    yield _summary(report)


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


def _undone(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.stop_error:
            yield f"stop failed: {outcome.driver}: {outcome.stop_error}"
        for straggler in outcome.stragglers:
            yield f"left behind: {straggler}"
    stopped = [outcome.driver for outcome in outcomes if outcome.stopped]
    if stopped:
        yield f"stopped: {_names(stopped)}"


def _names(names: list[str]) -> str:
    more = f", and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


def _summary(report: Report) -> str:
    counts = dict.fromkeys(State, 0)
    for outcome in report.outcomes:
        counts[outcome.state] += 1
    kinds = (State.READY, State.ADOPTED, State.SKIPPED, State.FAILED, State.BLOCKED)
    parts = [f"{counts[state]} {state}" for state in kinds if counts[state]]
    if report.degraded:
        parts[0] += f" ({len(report.degraded)} degraded)"
    rest = counts[State.PENDING] + counts[State.STARTING]
    if rest:
        parts.append(f"{rest} not brought up")
    return f"{_how(report)}: {_of(parts)} of {counted(len(report.outcomes), 'driver')} in {report.seconds:.2f} s"


def _how(report: Report) -> str:
    if report.interrupted:
        return "interrupted"
    if report.nothing_up:
        return "nothing is up"
    return "all is well" if report.ok else "not all is well"


def _of(parts: Iterable[str]) -> str:
    return ", ".join(parts) or "none"
