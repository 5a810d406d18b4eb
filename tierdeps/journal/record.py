"""One run as the journal has it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value
from tierdeps.model.report import Event, Mark, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.journal.columns import Columns
    from tierdeps.journal.outline import Outline
    from tierdeps.journal.source import Source
    from tierdeps.journal.value import Ending, RunInfo


class Standing(NamedTuple):
    """Where a driver stands: its last change of state, and the last that happened to a step of it.

    ``since`` is in seconds since the run began; ``failure`` is the first one since it was last ready, and
    ``block`` the first of another one that was in its way since then.
    """

    driver: str
    state: State = State.PENDING
    since: float = 0.0
    reason: str = ""
    step: Event | None = None
    failure: Event | None = None
    block: Event | None = None

    @property
    def begun(self) -> bool:
        """Whether a phase of it began, and was not cut short before its first line."""
        return self.state is not State.PENDING and self.step is not None and self.step.state is not State.PENDING

    @property
    def busy(self) -> bool:
        """Whether a step of its start goes on."""
        return self.step is not None and self.step.mark is Mark.BEGUN and self.state in (State.PENDING, State.STARTING)

    @property
    def restarts(self) -> bool:
        """Whether it was ready, and begins again by itself."""
        return self.step is not None and self.step.mark is Mark.RETRIED and self.state is State.READY


class RunRecord(Value, dict=True):
    """One run; what is long is read when it is asked for, while the journal is open.

    ``ticks`` is when it began on the monotonic clock; ``ready_at``, when its start ended, and ``ended_at``, when it
    did, are in seconds since 1970; ``start_seconds`` is how long the start took; ``ending`` is what came out so far.
    """

    number: int
    info: RunInfo
    alive: bool
    ticks: float
    ready_at: float | None
    start_seconds: float | None
    ended_at: float | None
    ending: Ending | None
    source: Source

    @property
    def killed(self) -> bool:
        """Whether it neither goes on nor came to an end of its own."""
        return not self.alive and self.ended_at is None

    @cached_property
    def outline(self) -> Outline:
        """The drivers of its plan, and what they wait for."""
        return self.source.outline()

    @cached_property
    def inherited(self) -> tuple[str, ...]:
        """The drivers that a run before it, which was killed, left behind."""
        return self.source.inherited()

    def events(self) -> tuple[Event, ...]:
        """Return all that happened, in its order."""
        return tuple(self.source.columns(folded=False))

    def states(self) -> dict[str, Standing]:
        """Return where each driver of the plan stands, in the plan's order, and after them those that went."""
        stand = self.stand()
        return {name: stand[name] for name in dict.fromkeys((*self.outline.drivers, *stand.names()))}

    def stand(self) -> Stand:
        """Return where the drivers stand, without looking at each of them."""
        return Stand(self.outline, self.source.columns(folded=True))


class Stand:
    """Where the drivers of a run stand; a driver is looked at when it is asked for."""

    def __init__(self, outline: Outline, columns: Columns) -> None:
        self.outline = outline
        self._columns = columns
        self._last = columns.last()

    @cached_property
    def counts(self) -> dict[State, int]:
        """How many drivers of the plan are in each state; those that a reload let go are none of it."""
        found, known = self._columns.counts(self._last), set(self.outline.drivers)
        for name in self._changed - known:
            found[self[name].state] -= 1
        found[State.PENDING] = found.get(State.PENDING, 0) + len(known - self._changed)
        return {state: found[state] for state in State if found.get(state)}

    def names(self) -> list[str]:
        """Name the drivers of which anything was ever told."""
        numbers = dict.fromkeys((*self._last.changes, *self._last.steps))
        return [self._columns.name(number) for number in numbers]

    def others(self, *states: State) -> list[str]:
        """Name the drivers that are in none of these states, in the plan's order."""
        found = set(self._columns.not_in(self._last, *states))
        quiet = State.PENDING in states
        if not quiet:
            found.update(set(self.outline.drivers) - self._changed)
        return [name for name in self.outline.drivers if name in found] if found else []

    def restarting(self) -> list[str]:
        """Name the drivers that are ready but for a restart of their own."""
        return [self._columns.name(number) for number in self._columns.restarting(self._last)]

    def failures(self) -> list[str]:
        """Name the drivers of the plan that failed and did not come up since."""
        return self._known(self._last.failures)

    def blocks(self) -> list[str]:
        """Name the drivers of the plan that were blocked and did not come up since."""
        return self._known(self._last.blocks)

    def _known(self, numbers: Iterable[int]) -> list[str]:
        known = set(self.outline.drivers) if numbers else set()
        names = map(self._columns.name, numbers)
        return [name for name in names if name in known]

    @property
    def latest(self) -> float:
        """When the last of all this happened, in seconds since the run began."""
        return self._columns.ats[-1] if len(self._columns) else 0.0

    @cached_property
    def _changed(self) -> set[str]:
        return set(map(self._columns.name, self._last.changes))

    def __getitem__(self, driver: str) -> Standing:
        number, columns = self._columns.number(driver), self._columns
        if number is None:
            return Standing(driver)
        changes, *others = self._last
        step, failure, block = (columns[at[number]] if number in at else None for at in others)
        if number not in changes:
            return Standing(driver, step=step)
        moved = columns[changes[number]]
        return Standing(driver, moved.state, moved.at, moved.reason, step, failure, block)
