"""A run becomes a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.model.report import State
from tierdeps.timeline.bars import courses
from tierdeps.timeline.chain import Chain, critical
from tierdeps.timeline.value import Band, Row, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tierdeps.journal import Outline, RunRecord
    from tierdeps.model.report import Event
    from tierdeps.timeline.bars import Course

_DOWN = (State.STOPPING, State.STOPPED)


def timeline_of(run: RunRecord) -> Timeline:
    """Draw up how a run started; one that is still starting, as far as it came."""
    outline, events = run.outline, run.events()
    end = run.start_seconds if run.start_seconds is not None else _end(events)
    found = courses(events, {name: outline.phases_of(name)[0] for name in outline.drivers}, end)
    chain = Chain(outline, found, limited=run.info.jobs is not None)
    links = tuple(chain.link(course, index) for course in found.values() for index in range(len(course.bars)))
    bands = tuple(_bands(outline, found))
    seconds = max((bar.ended for course in found.values() for bar in course.bars), default=0.0)
    return Timeline(run.info.title, run.info.digest, seconds, _outcome(run), bands, links, critical(links))


def _end(events: Sequence[Event]) -> float:
    """Find the end of a start that came to none: where the stop began, or the last that is known."""
    for event in events:
        if event.state in _DOWN:
            return event.at
    return events[-1].at if events else 0.0


def _outcome(run: RunRecord) -> str:
    if run.killed and run.start_seconds is None:
        return "was killed, last recorded"
    if run.ending is None:
        return "is starting"
    return "was interrupted" if run.ending.interrupted else "came up" if run.ending.ready else "did not come up"


def _bands(outline: Outline, found: Mapping[str, Course]) -> Iterator[Band]:
    at, opened = 0, 0.0
    for name, size in outline.tiers:
        members = [found[driver] for driver in outline.drivers[at : at + size]]
        at += size
        rows = tuple(Row(course.driver, tuple(course.bars), opened, course.ready, course.reason) for course in members)
        ended = max((bar.ended for course in members for bar in course.bars), default=opened)
        yield Band(name, opened, max(opened, ended), rows)
        opened = max(opened, ended)
