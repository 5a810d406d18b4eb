"""Builds the timeline of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.analysis.timeline.critical_path import WaitFinder, critical_path
from tierdeps.analysis.timeline.history import start_histories
from tierdeps.analysis.timeline.value import Band, Row, StepNeed, Timeline
from tierdeps.model.edges import Step
from tierdeps.model.report import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tierdeps.analysis.timeline.history import StartHistory
    from tierdeps.journal import PlanSummary, RunRecord
    from tierdeps.model.report import Event

#: The most drivers of a plan whose dependencies are part of its timeline.
MAX_DRAWN = 10_000
_DOWN = (State.STOPPING, State.STOPPED)


def timeline_of(run: RunRecord) -> Timeline:
    """Return the timeline of a run's start; of one that is still starting, as far as it is recorded."""
    summary, events = run.plan_summary, run.events()
    end = run.start_seconds if run.start_seconds is not None else _end(events)
    found = start_histories(events, {name: summary.phases_of(name)[0] for name in summary.drivers}, end)
    finder = WaitFinder(summary, found, limited=run.info.jobs is not None)
    waits = tuple(finder.wait_of(history, index) for history in found.values() for index in range(len(history.bars)))
    bands = tuple(_bands(summary, found))
    seconds = max((moment for history in found.values() for moment in _ends(history)), default=0.0)
    return Timeline(
        run.info.title, run.info.digest, seconds, _outcome(run), bands, waits, critical_path(waits), _needs(summary)
    )


def _ends(history: StartHistory) -> Iterator[float]:
    """Yield when the steps of a driver ended, and when it was ready, which is a little later."""
    yield from (bar.ended for bar in history.bars)
    if history.ready is not None:
        yield history.ready


def _needs(summary: PlanSummary) -> tuple[StepNeed, ...]:
    if len(summary.drivers) > MAX_DRAWN:
        return ()
    steps = (Step(driver, phase) for driver in summary.drivers for phase in summary.phases_of(driver))
    return tuple(StepNeed(step, need.step, need.kind, need.atleast) for step in steps for need in summary.needs(*step))


def _end(events: Sequence[Event]) -> float:
    """Return the end of a start that has none recorded: when the stop started, or the last event."""
    for event in events:
        if event.state in _DOWN:
            return event.at
    return events[-1].at if events else 0.0


def _outcome(run: RunRecord) -> str:
    if run.killed and run.start_seconds is None:
        return "was killed, last recorded"
    if run.outcome is None:
        return "is starting"
    return "was interrupted" if run.outcome.interrupted else "came up" if run.outcome.ready else "failed to start"


def _bands(summary: PlanSummary, found: Mapping[str, StartHistory]) -> Iterator[Band]:
    at, opened = 0, 0.0
    for name, size in summary.tiers:
        members = [found[driver] for driver in summary.drivers[at : at + size]]
        at += size
        rows = tuple(
            Row(
                history.driver,
                tuple(history.bars),
                opened,
                history.ready,
                history.reason,
                summary.hosts.get(history.driver),
            )
            for history in members
        )
        ended = max((bar.ended for history in members for bar in history.bars), default=opened)
        yield Band(name, opened, max(opened, ended), rows)
        opened = max(opened, ended)
