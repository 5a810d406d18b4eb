"""The report of a run, and what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps._util.gc import gc_paused
from tierdeps.model import OnFailure, Outcome, Report, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.executor.driver import DriverRun
    from tierdeps.executor.run import Run
    from tierdeps.model import Plan

#: What to do where a run is meant to be empty.
ALLOW_EMPTY = "pass --allow-empty (allow_empty of an Executor) if that is intended"
#: The maximal number of calls that are named; further ones are counted.
MAX_CALLS_SHOWN = 5


def not_run(plan: Plan, engine: str) -> Report:
    """Report that nothing of a plan was started."""
    return Report(plan, tuple(Outcome(driver.name, State.PENDING) for driver in plan), engine=engine)


def report_of(run: Run, engine: str, *, interrupted: bool = False, now: bool = False) -> Report:
    """Report what a run came to; ``interrupted`` where a stop came before all was ready.

    With ``now``, the outcomes say where drivers stand at this moment, ``stopping`` and ``stopped`` included.
    """
    drivers = run.current.drivers
    name_causes(drivers)
    with gc_paused():
        outcomes = tuple([driver.outcome(now=now) for driver in drivers])
    notes = (*run.reporters.notes, *run.holds.notes())
    report = Report(run.current.compiled.plan, outcomes, interrupted, run.problem, run.now, notes, engine)
    if run.options.allow_empty or run.problem or interrupted or not report.nothing_up:
        return report
    return replace(report, problem=_nothing_up(report))


def name_causes(drivers: Sequence[DriverRun]) -> None:
    """Name what keeps a tier closed now as the cause of those behind it that nothing else blocks."""
    blocked = State.BLOCKED
    nameless = [
        driver
        for driver in drivers
        if driver.start_state is blocked and not driver.planned.blocked and _is_nameless(driver)
    ]
    if not nameless:
        return
    roots = {driver.name for driver in drivers if driver.start_state is State.FAILED and not driver.ignored}
    skipped = {driver.name for driver in drivers if driver.start_state is State.SKIPPED}
    for driver in drivers:
        if driver.cause and not driver.planned.disabled and driver.policy is not OnFailure.IGNORE:
            roots |= driver.cause & skipped
    roots |= {driver.name for driver in drivers if driver.start_state is State.STOPPED}
    closed_by = frozenset(roots)
    for driver in nameless:
        if closed_by:  # else what closed it was up again before the others could start
            own = driver.cause - (driver.closed_by or frozenset())
            driver.cause = frozenset(name for name in own if not _is_up(driver, name)) | closed_by
            driver.closed_by = closed_by


def _is_nameless(driver: DriverRun) -> bool:
    """Return whether what blocks a driver is that its tier is closed, or nothing else by now."""
    if not driver.cause or driver.closed_by:
        return True
    return driver.closed_by is not None and all(_is_up(driver, name) for name in driver.cause)


def _is_up(driver: DriverRun, name: str) -> bool:
    return name in driver.peers.compiled.index and driver.peers.driver(name).is_up


def _nothing_up(report: Report) -> str:
    """Return what is wrong with a run that brought no driver up, and what to do."""
    if not report.outcomes:
        return f"nothing to start: the plan has no driver; {ALLOW_EMPTY}"
    if report.root_causes:
        return f"no driver is up: each was skipped or failed; fix the causes, or {ALLOW_EMPTY}"
    return f"nothing to start: every driver is skipped; fix the causes, or {ALLOW_EMPTY}"


def waiting(run: Run) -> Iterator[str]:
    """Yield for each driver that is not done what it is doing, or what it waits for."""
    for driver in run.current.drivers:
        if sentence := _doing(driver):
            yield sentence
        elif driver.is_coming_up:
            yield f"{driver.name}:{driver.phase} waits for {_needed(driver) or 'its turn'}"


def running(run: Run) -> str:
    """Name what runs, in short."""
    calls = [sentence for driver in run.current.drivers if (sentence := _doing(driver))]
    more = f", and {len(calls) - MAX_CALLS_SHOWN} more" if len(calls) > MAX_CALLS_SHOWN else ""
    return ", ".join(calls[:MAX_CALLS_SHOWN]) + more


def _doing(driver: DriverRun) -> str:
    if driver.call is not None:
        return f"{driver.call} has run for {driver.run.loop.time() - driver.call.started_at:.3g} s"
    if driver.retry is None:
        return ""
    return f"{driver.name}:{driver.phase} waits for {driver.retry_reason or 'another attempt'}"


def _needed(driver: DriverRun) -> str:
    waits = driver.planned.waits[min(driver.phase_index, len(driver.planned.waits) - 1)]
    open_ones = (wait.step for wait in waits if not _is_done(driver.peers.driver(wait.step.driver), wait.step.phase))
    return ", ".join(sorted({str(step) for step in open_ones})) or _barrier(driver)


def _is_done(needed: DriverRun, phase: str) -> bool:
    return not needed.is_coming_up or needed.phase_index > needed.planned.phases.index(phase)


def _barrier(driver: DriverRun) -> str:
    """Name the tier that a driver waits for."""
    for name, first, end in driver.peers.compiled.tiers:
        if first <= driver.index < end:
            return ""
        if any(other.is_coming_up for other in driver.peers.drivers[first:end]):
            return f"the tier {name}"
    return ""
