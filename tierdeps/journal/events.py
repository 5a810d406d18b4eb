"""Events as columns of numbers: cheap to write in batches, and to read by the hundred thousand.

A batch is stored as five columns in the machine's own byte order: times, numbers of drivers, numbers of phases, and one
byte each for the state and the mark. What the numbers mean is stored with the run: the strings in a StringTable, the
members of the enums as ENUM_NAMES. The file is not portable between machines of different byte order; it is the state
of one machine.
"""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from functools import cached_property
from itertools import chain, compress, count
from math import isfinite
from operator import not_
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import astuple

from tierdeps.journal.decode import decode
from tierdeps.journal.errors import Damage
from tierdeps.journal.limits import LAST_MOMENT
from tierdeps.model.report import DEGRADED, READY_AGAIN, Event, State, StepEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tierdeps.journal.plan_summary import PlanSummary

    #: Times, or the numbers of strings and of members of enums.
    Column = array[Any]
    #: A row of the table ``strings``, without its run.
    NumberedString = tuple[int, str]

_STATE_NUMBERS = {state: number for number, state in enumerate(State)}
_MARK_NUMBERS: dict[StepEvent | None, int] = {None: 0, **{mark: number for number, mark in enumerate(StepEvent, 1)}}
#: What the numbers of states and marks mean; stored with each run, so that later versions may add members.
ENUM_NAMES: tuple[tuple[str, ...], tuple[str, ...]] = (tuple(map(str, State)), ("", *map(str, StepEvent)))
#: The type of the reasons of a batch: each with the index of its event.
REASONS = tuple[tuple[int, str], ...]
#: Steps that are no phases: methods of every lifecycle. Part of the numbering of strings, so their order is fixed.
VERBS = ("probe", "adopt", "reload", "stop", "cleanup")
#: The number of fields of an event.
FIELDS = len(Event.__struct_fields__)
_TYPES = "dIIBB"
#: The reason of a restart; in a compaction it says how many restarts the event stands for.
_RESTART = re.compile(rf"{READY_AGAIN}(?: \(restart ([1-9]\d{{0,17}})\))?")
_WIDTHS = tuple(array(code).itemsize for code in _TYPES)


class EventBatch(NamedTuple):
    """Events that were written together: their number, their columns, and as JSON the reasons of those with one."""

    size: int
    events: bytes
    reasons: str


class LastEvents(NamedTuple):
    """By the number of each driver the index of the event that matters.

    That is its last change of state, the last event of one of its steps, and, since it was last ready, the first change
    to FAILED and the first to BLOCKED. Compaction keeps these events, the last restart of each driver, and no others.
    """

    changes: dict[int, int]
    steps: dict[int, int]
    failures: dict[int, int]
    blocks: dict[int, int]


class Restarts(NamedTuple):
    """How often a driver restarted by itself since it was last started, and the index of the event of the last time."""

    times: int
    last: int


class StringTable(dict[str | None, int]):
    """Numbers for strings: first those known from the plan, then others as they are looked up, from 1; None is 0.

    Every string that was not known must be stored in the journal, in the order of the numbers: see ``take_added``.
    """

    def __init__(self, known: Iterable[str]) -> None:
        super().__init__({None: 0})
        self.update(zip(known, count(1)))
        self._added: list[NumberedString] = []

    def __missing__(self, string: str) -> int:
        number = self[string] = len(self)
        self._added.append((number, string))
        return number

    def take_added(self) -> tuple[NumberedString, ...]:
        """Return the strings that were not known and were numbered since the last time."""
        added, self._added = tuple(self._added), []
        return added


def enum_names_of(text: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of states and marks that a run was stored with; raises Damage for any that are unknown."""
    states, marks = decode(text, tuple[tuple[State, ...], tuple[str, ...]])
    if not set(marks) <= {*ENUM_NAMES[1]} or len(states) > len(State) or len(marks) > len(ENUM_NAMES[1]):
        raise Damage("a state or a mark is unknown")
    return tuple(map(str, states)), marks


def strings_of(summary: PlanSummary) -> list[str]:
    """Return the strings that events of a plan can contain, without duplicates; their position is their number.

    Writer and reader both derive the numbers from the plan that the run started with; neither may change the order.
    """
    phases = {phase for row in summary.phases.values() for phase in row}
    return list(dict.fromkeys((*summary.drivers, "start", *VERBS, *sorted(phases))))


def flattened(events: Iterable[Event]) -> list[Any]:
    """Return the fields of events one after the other, as ``pack`` takes them."""
    return list(chain.from_iterable(map(astuple, events)))


def pack(flat: Sequence[Any], strings: StringTable) -> EventBatch:
    """Return a batch of events, which are given as one flat sequence of their fields."""
    number = strings.__getitem__
    ats, drivers, states, phases, marks, reasons = (flat[at::FIELDS] for at in range(FIELDS))
    columns = (
        array("d", ats),
        array("I", map(number, drivers)),
        array("I", map(number, phases)),
        bytes(map(_STATE_NUMBERS.__getitem__, states)),
        bytes(map(_MARK_NUMBERS.__getitem__, marks)),
    )
    given = [(index, reason) for index, reason in enumerate(reasons) if reason] if any(reasons) else None
    return EventBatch(len(ats), _join(columns), json.dumps(given) if given else "")


class EventColumns:
    """The events of a run in columns; an Event is made only for an index that is asked for.

    All methods rely on what ``check`` looks at: call it first where the batches come from a file.
    """

    def __init__(
        self,
        batches: Iterable[EventBatch],
        strings: Sequence[str] = (),
        enum_names: Sequence[Sequence[str]] = ENUM_NAMES,
    ) -> None:
        self._strings = strings
        self._enum_names = enum_names
        self.ats: array[float] = array("d")
        self.drivers: array[int] = array("I")
        self.phases: array[int] = array("I")
        self.states: array[int] = array("B")
        self.marks: array[int] = array("B")
        self.reasons: dict[int, str] = {}
        for batch in batches:
            base = len(self.ats)
            for column, part in zip(self._all, _split(batch), strict=True):
                column.extend(part)
            if batch.reasons:
                self.reasons.update((base + index, reason) for index, reason in decode(batch.reasons, REASONS))

    def check(self) -> None:
        """Raise Damage unless each number means something."""
        if not self.ats:
            return
        known = len(self._strings), len(self._strings), len(self._enum_names[0]), len(self._enum_names[1])
        if any(max(column) >= most for column, most in zip(self._all[1:], known, strict=True)) or not min(self.drivers):
            raise Damage("an event has a number that stands for nothing")
        if not isfinite(sum(self.ats)) or max(self.ats) > LAST_MOMENT or min(self.ats) < -LAST_MOMENT:
            raise Damage("an event has a time that cannot be")
        if self.reasons and not 0 <= min(self.reasons) <= max(self.reasons) < len(self.ats):
            raise Damage("a reason belongs to no event")

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {string: number for number, string in enumerate(self._strings)}

    @property
    def _all(self) -> tuple[Column, ...]:
        return self.ats, self.drivers, self.phases, self.states, self.marks

    def __len__(self) -> int:
        return len(self.ats)

    def __getitem__(self, index: int) -> Event:
        states, marks = self._enum_names
        mark = marks[self.marks[index]]
        return Event(
            self.ats[index],
            self._strings[self.drivers[index]],
            State(states[self.states[index]]),
            self._strings[self.phases[index]] or None,
            StepEvent(mark) if mark else None,
            self.reasons.get(index, ""),
        )

    def __iter__(self) -> Iterator[Event]:
        return (self[index] for index in range(len(self)))

    def last(self) -> LastEvents:
        """Find the events that say in which state each driver is, and why."""
        every = range(len(self))
        moved = list(map(not_, self.marks))
        changes = dict(zip(compress(self.drivers, moved), compress(every, moved), strict=True))
        steps = dict(zip(compress(self.drivers, self.marks), compress(every, self.marks), strict=True))
        return LastEvents(changes, steps, self._since_ready(State.FAILED), self._since_ready(State.BLOCKED))

    def _since_ready(self, state: State) -> dict[int, int]:
        """Find each driver's first change to a state since it was last ready: later ones are consequences of it."""
        changes, ready = self._changes_to(state), dict[int, int]()
        if changes:
            ready = {self.drivers[index]: index for index in self._changes_to(State.READY)}
        found = dict[int, int]()
        for index in changes:
            if index > ready.get(self.drivers[index], -1):
                found.setdefault(self.drivers[index], index)
        return found

    @cached_property
    def restarts(self) -> dict[int, Restarts]:
        """By the number of each driver that restarted by itself since it was last started, how often that was."""
        found = dict[int, Restarts]()
        given = [(index, match) for index, reason in self.reasons.items() if (match := _RESTART.fullmatch(reason))]
        if not given:
            return found
        starts = {self.drivers[index]: index for index in self._changes_to(State.STARTING)}
        for index, match in given:
            driver = self.drivers[index]
            if self.marks[index] and index > starts.get(driver, -1):
                before = found[driver].times if driver in found else 0
                found[driver] = Restarts(int(match[1] or before + 1), index)
        return found

    def _changes_to(self, state: State) -> list[int]:
        """Find the changes to a state."""
        if state not in self._enum_names[0]:  # written by a version without that state
            return []
        code, states = self._enum_names[0].index(state), self.states.tobytes()
        found, at = [], states.find(code)
        while at >= 0:
            if not self.marks[at]:
                found.append(at)
            at = states.find(code, at + 1)
        return found

    def counts(self, last: LastEvents) -> dict[State, int]:
        """Count the drivers in each state, of those that ever changed it."""
        found = Counter(map(self.states.__getitem__, last.changes.values()))
        return {State(self._enum_names[0][code]): count for code, count in sorted(found.items())}

    def not_in(self, last: LastEvents, *states: State) -> list[str]:
        """Return the names of the drivers in none of these states, of those that ever changed theirs."""
        codes = {code for code, state in enumerate(self._enum_names[0]) if state in states}
        return [self._strings[driver] for driver, index in last.changes.items() if self.states[index] not in codes]

    def up_with(self, last: LastEvents, wanted: StepEvent) -> list[int]:
        """Return the numbers of the drivers that are up and whose last step had this mark while they were."""
        if wanted not in self._enum_names[1] or (mark := self._enum_names[1].index(wanted)) not in self.marks:
            return []
        up = self._codes_of_up()
        return [
            driver
            for driver, index in last.steps.items()
            if self.marks[index] == mark and self.states[index] in up and self.states[last.changes[driver]] in up
        ]

    def degraded(self, last: LastEvents) -> list[int]:
        """Return the numbers of the drivers that are up, and a part of them is not."""
        if not self.reasons:
            return []
        up = self._codes_of_up()
        found = ((driver, index) for driver, index in last.changes.items() if index in self.reasons)
        return [driver for driver, index in found if self.states[index] in up and self._is_degraded(index)]

    def _codes_of_up(self) -> set[int]:
        return {code for code, state in enumerate(self._enum_names[0]) if state in (State.READY, State.ADOPTED)}

    def _is_degraded(self, index: int) -> bool:
        return self.reasons[index].startswith(DEGRADED)

    def down_for(self, last: LastEvents, *reasons: str) -> list[int]:
        """Return the numbers of the drivers that are stopping or stopped for a reason that begins with one of these."""
        if not self.reasons:
            return []
        down = {code for code, state in enumerate(self._enum_names[0]) if state in (State.STOPPING, State.STOPPED)}
        found = ((driver, index) for driver, index in last.changes.items() if index in self.reasons)
        return [
            driver for driver, index in found if self.states[index] in down and self.reasons[index].startswith(reasons)
        ]

    def number(self, driver: str) -> int | None:
        """Return a driver's number; None if it has none, as one that a reload added and that has no event yet."""
        return self._numbers.get(driver)

    def name(self, number: int) -> str:
        """Return the name of a driver."""
        return self._strings[number]

    def compacted(self) -> EventBatch:
        """Return a batch of only those events that say in which state each driver is, and why.

        Compaction is idempotent, and ``last`` of a compacted batch followed by further events finds the same events as
        ``last`` of all of them: readers and writers rely on that.
        """
        counts = {last: f"{READY_AGAIN} (restart {count})" for count, last in self.restarts.values()}
        kept = sorted({*counts, *(index for found in self.last() for index in found.values())})
        columns = [array(column.typecode, map(column.__getitem__, kept)) for column in self._all]
        reasons = {**self.reasons, **counts}
        given = [(place, reasons[index]) for place, index in enumerate(kept) if index in reasons]
        return EventBatch(len(kept), _join(columns), json.dumps(given) if given else "")


def _join(columns: Iterable[Column | bytes]) -> bytes:
    return b"".join(map(bytes, columns))


def _split(batch: EventBatch) -> Iterator[Column]:
    if len(batch.events) != batch.size * sum(_WIDTHS):
        raise Damage("a group of events has not as many as it says")
    at = 0
    for code, width in zip(_TYPES, _WIDTHS, strict=True):
        column: Column = array(code)
        end = at + width * batch.size
        column.frombytes(batch.events[at:end])
        yield column
        at = end
