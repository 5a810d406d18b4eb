"""One run as the journal has it, and the states of its drivers at the moment of reading."""

from __future__ import annotations

from functools import cached_property
from itertools import starmap
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value
from tierdeps.journal.database import journal_errors
from tierdeps.journal.decode import checked, decode
from tierdeps.journal.errors import Damage
from tierdeps.journal.events import EventBatch, EventColumns, enum_names_of, strings_of
from tierdeps.journal.limits import Count
from tierdeps.journal.plan_summary import load_summary
from tierdeps.journal.schema import BATCHES_PER_RUN
from tierdeps.model.report import CHECK, NOT_UP_ON_REQUEST, ON_REQUEST, Event, State, StepEvent

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from tierdeps.journal.plan_summary import PlanSummary
    from tierdeps.journal.run_info import RunInfo, RunOutcome


class DriverSnapshot(NamedTuple):
    """The state of a driver: its last change of state, and the last event of one of its steps.

    ``since`` is in seconds since the run started; ``failure`` is the first failure since it was last ready, and
    ``block`` the first time since then that the failure of another driver blocked it. ``restarts`` counts how often it
    restarted by itself since it was started, and ``restarted_at`` is when it was ready again the last time.
    """

    driver: str
    state: State = State.PENDING
    since: float = 0.0
    reason: str = ""
    step: Event | None = None
    failure: Event | None = None
    block: Event | None = None
    restarts: int = 0
    restarted_at: float = 0.0

    @property
    def was_started(self) -> bool:
        """Whether one of its phases was started, and not cancelled before it ran."""
        return self.state is not State.PENDING and self.step is not None and self.step.state is not State.PENDING

    @property
    def runs_step(self) -> bool:
        """Whether a step of its start is running."""
        return (
            self.step is not None
            and self.step.mark is StepEvent.STARTED
            and self.state in (State.PENDING, State.STARTING)
        )

    @property
    def is_restarting(self) -> bool:
        """Whether it was up, and restarts by itself."""
        return self.step is not None and self.step.mark is StepEvent.RETRIED and self.state.is_up

    @property
    def fails_check(self) -> bool:
        """Whether it is up, and its last check failed."""
        is_failed = self.step is not None and (self.step.phase, self.step.mark) == (CHECK, StepEvent.FAILED)
        return is_failed and self.state.is_up


class RunRecord(Value, dict=True):
    """One run. Its plan and its events are read when they are asked for, while the journal is open.

    ``started_monotonic`` is when it started, on the monotonic clock of the machine; ``ready_at`` and ``ended_at`` are
    when its start and when the run ended, in seconds since 1970; ``start_seconds`` is how long the start took;
    ``outcome`` is what came of it so far.
    """

    number: int
    info: RunInfo
    alive: bool
    started_monotonic: float
    ready_at: float | None
    start_seconds: float | None
    ended_at: float | None
    outcome: RunOutcome | None
    source: RunSource

    @property
    def killed(self) -> bool:
        """Whether its process is gone without having recorded an end."""
        return not self.alive and self.ended_at is None

    @cached_property
    def plan_summary(self) -> PlanSummary:
        """The drivers of its plan, and what they wait for."""
        return self.source.plan_summary()

    @cached_property
    def inherited(self) -> tuple[str, ...]:
        """The drivers that were orphaned when it started."""
        return self.source.inherited()

    def events(self) -> tuple[Event, ...]:
        """Return all events, in their order."""
        return tuple(self.source.columns(compacted=False))

    def states(self) -> dict[str, DriverSnapshot]:
        """Return each driver of the plan, in the plan's order, and after them those that a reload removed."""
        snapshot = self.snapshot()
        return {name: snapshot[name] for name in dict.fromkeys((*self.plan_summary.drivers, *snapshot.names()))}

    def snapshot(self) -> RunSnapshot:
        """Return the states of the drivers, without making an object for each of them."""
        return RunSnapshot(self.plan_summary, self.source.columns(compacted=True))


class RunSnapshot:
    """The states of the drivers of a run; the DriverSnapshot of a driver is made when it is asked for."""

    def __init__(self, plan_summary: PlanSummary, columns: EventColumns) -> None:
        self.plan_summary = plan_summary
        self._columns = columns
        self._last = columns.last()

    @cached_property
    def counts(self) -> dict[State, int]:
        """How many drivers of the plan are in each state; those that a reload removed are not counted."""
        found, known = self._columns.counts(self._last), set(self.plan_summary.drivers)
        for name in self._changed - known:
            found[self[name].state] -= 1
        found[State.PENDING] = found.get(State.PENDING, 0) + len(known - self._changed)
        return {state: found[state] for state in State if found.get(state)}

    def names(self) -> list[str]:
        """Return the names of the drivers that have any event."""
        numbers = dict.fromkeys((*self._last.changes, *self._last.steps))
        return [self._columns.name(number) for number in numbers]

    def not_in(self, *states: State) -> list[str]:
        """Return the names of the drivers that are in none of these states, in the plan's order."""
        found = set(self._columns.not_in(self._last, *states))
        if State.PENDING not in states:
            found.update(set(self.plan_summary.drivers) - self._changed)
        return [name for name in self.plan_summary.drivers if name in found] if found else []

    def not_working(self) -> list[str]:
        """Return the names of the drivers that are up and restart by themselves, or fail their check."""
        marks = (StepEvent.RETRIED, StepEvent.FAILED)
        found = [number for mark in marks for number in self._columns.up_with(self._last, mark)]
        names = map(self._columns.name, found)
        return [name for name in names if self[name].is_restarting or self[name].fails_check]

    def degraded(self) -> list[str]:
        """Return the names of the drivers that are up, and not whole."""
        return self._known(self._columns.degraded(self._last))

    def restarted(self) -> list[str]:
        """Return the drivers of the plan that restarted by themselves since they were started."""
        return self._known(self._columns.restarts)

    def stopped_on_request(self) -> list[str]:
        """Return the names of the drivers that are stopping or stopped on request, while the others go on."""
        return [self._columns.name(number) for number in self._on_request]

    def not_up_on_request(self) -> list[str]:
        """Return the names of the drivers that are stopping or stopped because a request did not bring them up."""
        return [self._columns.name(number) for number in self._columns.down_for(self._last, NOT_UP_ON_REQUEST)]

    def failures(self) -> list[str]:
        """Return the drivers of the plan that failed, and were neither ready nor stopped on request since."""
        return self._known(self._since(self._last.failures))

    def blocks(self) -> list[str]:
        """Return the drivers of the plan that were blocked, and were neither ready nor stopped on request since."""
        return self._known(self._since(self._last.blocks))

    def _since(self, numbers: Iterable[int]) -> list[int]:
        return [number for number in numbers if number not in self._on_request]

    @cached_property
    def _on_request(self) -> frozenset[int]:
        return frozenset(self._columns.down_for(self._last, ON_REQUEST))

    def _known(self, numbers: Collection[int]) -> list[str]:
        known = set(self.plan_summary.drivers) if numbers else set()
        names = map(self._columns.name, numbers)
        return [name for name in names if name in known]

    @property
    def last_event_at(self) -> float:
        """When the last event happened, in seconds since the run started."""
        return self._columns.ats[-1] if len(self._columns) else 0.0

    @cached_property
    def _changed(self) -> set[str]:
        return set(map(self._columns.name, self._last.changes))

    def __getitem__(self, driver: str) -> DriverSnapshot:
        number, columns = self._columns.number(driver), self._columns
        if number is None:
            return DriverSnapshot(driver)
        changes, *others = self._last
        step, failure, block = (columns[at[number]] if number in at else None for at in others)
        if number not in changes:
            return DriverSnapshot(driver, step=step)
        change = columns[changes[number]]
        if number in self._on_request:
            failure = block = None
        found = DriverSnapshot(driver, change.state, change.at, change.reason, step, failure, block)
        if number not in columns.restarts:
            return found
        count, last = columns.restarts[number]
        return found._replace(restarts=count, restarted_at=columns.ats[last])


class RunKeys(NamedTuple):
    """The keys of a run's current plan and of the one it started with, and its names of states and marks, as JSON."""

    plan: str
    first_plan: str
    enum_names: str


class RunSource(Value):
    """Reads one run's plan and events from the open journal."""

    connection: sqlite3.Connection
    path: Path
    run: int
    keys: RunKeys

    def plan_summary(self) -> PlanSummary:
        """Read the summary of the current plan."""
        return self._summary(self.keys.plan)

    def first_plan_summary(self) -> PlanSummary:
        """Read the summary of the plan that the run started with."""
        return self._summary(self.keys.first_plan)

    def inherited(self) -> tuple[str, ...]:
        """Read which drivers were orphaned when the run started."""
        with journal_errors(self.path):
            statement = "SELECT inherited FROM runs WHERE id = ?"
            found = self.connection.execute(statement, (self.run,)).fetchone()
            return decode(found[0], tuple[str, ...]) if found else ()

    def columns(self, *, compacted: bool) -> EventColumns:
        """Read the events; if ``compacted``, the last compaction in place of all batches that it covers."""
        batches, last = list[EventBatch](), 0
        with journal_errors(self.path):
            if compacted and (compaction := self._compaction()):
                last, batch = compaction
                batches.append(batch)
            batches.extend(self._batches(last))
            columns = EventColumns(batches, list(self._strings()), enum_names_of(self.keys.enum_names))
            columns.check()
            return columns

    def _summary(self, key: str) -> PlanSummary:
        with journal_errors(self.path):
            statement = "SELECT summary, dependencies FROM plans WHERE key = ?"
            found = self.connection.execute(statement, (key,)).fetchone()
            if found is None:
                raise Damage("the plan of a run is missing")
            return load_summary(*checked(found, tuple[str, bytes]))

    def _strings(self) -> Iterator[str]:
        yield ""
        yield from strings_of(self._summary(self.keys.first_plan))
        statement = "SELECT string FROM strings WHERE run = ? ORDER BY number"
        yield from checked([string for (string,) in self.connection.execute(statement, (self.run,))], list[str])

    def _compaction(self) -> tuple[int, EventBatch] | None:
        statement = "SELECT last_batch, size, events, reasons FROM compactions WHERE run = ?"
        found = self.connection.execute(statement, (self.run,)).fetchone()
        if found is None:
            return None
        last, *rest = checked(found, tuple[Count, Count, bytes, str])
        return last, EventBatch(*rest)

    def _batches(self, after: int) -> Iterator[EventBatch]:
        bounds = (self.run * BATCHES_PER_RUN + after, (self.run + 1) * BATCHES_PER_RUN)
        statement = "SELECT size, events, reasons FROM event_batches WHERE id > ? AND id < ? ORDER BY id"
        rows = self.connection.execute(statement, bounds).fetchall()
        return starmap(EventBatch, checked(rows, list[tuple[Count, bytes, str]]))
