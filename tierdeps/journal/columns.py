"""Events as columns of numbers, as this machine has them: written in groups in a moment, and read no slower."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from functools import cached_property
from itertools import compress
from math import isfinite
from operator import not_
from typing import TYPE_CHECKING, Any, NamedTuple

from tierdeps.journal.decode import LAST_MOMENT, decode
from tierdeps.journal.errors import Damage
from tierdeps.model.report import Event, Mark, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tierdeps.journal.outline import Outline

    #: What a column is made of: times, or the numbers of names.
    Column = array[Any]

# By their place in memory, of which each has one: to hash a member of an enum would run Python code for each event.
_STATES = {id(state): number for number, state in enumerate(State)}
_MARKS = {id(None): 0, **{id(mark): number for number, mark in enumerate(Mark, 1)}}
#: What the numbers stand for; kept with each run, so that later versions may add to them.
LEGEND: tuple[tuple[str, ...], tuple[str, ...]] = (tuple(map(str, State)), ("", *map(str, Mark)))
#: The reasons of a group: each with the place of its event.
REASONS = tuple[tuple[int, str], ...]
#: Steps that are no phases: the methods that every lifecycle has.
VERBS = ("probe", "adopt", "reload", "stop", "cleanup")
FIELDS = len(Event._fields)
_TYPES = "dIIBB"
_WIDTHS = tuple(array(code).itemsize for code in _TYPES)


class Group(NamedTuple):
    """Events that were written together: their number, their columns, and the reasons of those that have one."""

    size: int
    events: bytes
    reasons: str


class Last(NamedTuple):
    """Of each driver the last change of state, the last that happened to a step, and what keeps it from being up.

    That is a failure of its own, or that of another one, which blocks it.
    """

    changes: dict[int, int]
    steps: dict[int, int]
    failures: dict[int, int]
    blocks: dict[int, int]


class Words(dict[str | None, int]):
    """Numbers for names: those known beforehand, then others as they come, which are kept in ``news``."""

    def __init__(self, known: Iterable[str]) -> None:
        super().__init__({None: 0})
        self.update((name, number) for number, name in enumerate(known, 1))
        #: The last number of those known beforehand.
        self.known = len(self) - 1
        self.news: list[tuple[int, str]] = []

    def __missing__(self, name: str) -> int:
        number = self[name] = len(self)
        self.news.append((number, name))
        return number


def legend_of(text: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what numbers stand for, as a run has it; raises Damage for what no version of this program means."""
    states, marks = decode(text, tuple[tuple[State, ...], tuple[str, ...]])
    if not set(marks) <= {*LEGEND[1]} or len(states) > len(State) or len(marks) > len(LEGEND[1]):
        raise Damage("a state or a mark is unknown")
    return tuple(map(str, states)), marks


def words_of(outline: Outline) -> list[str]:
    """Return the names that events of a plan are made of, each once; their place counts, from 1."""
    phases = {phase for row in outline.phases.values() for phase in row}
    return list(dict.fromkeys((*outline.drivers, "start", *VERBS, *sorted(phases))))


def pack(flat: Sequence[Any], words: Words) -> Group:
    """Turn events, one's fields after the other's, into a group."""
    number = words.__getitem__
    ats, drivers, states, phases, marks, reasons = (flat[at::FIELDS] for at in range(FIELDS))
    columns = (
        array("d", ats),
        array("I", map(number, drivers)),
        array("I", map(number, phases)),
        bytes(map(_STATES.__getitem__, map(id, states))),
        bytes(map(_MARKS.__getitem__, map(id, marks))),
    )
    told = [(index, reason) for index, reason in enumerate(reasons) if reason] if any(reasons) else None
    return Group(len(ats), _join(columns), json.dumps(told) if told else "")


class Columns:
    """The events of a run, in columns that are made events only where asked for."""

    def __init__(self, groups: Iterable[Group], words: Sequence[str], legend: Sequence[Sequence[str]]) -> None:
        self._words = words
        self._legend = legend
        self.ats = array("d")
        self.drivers, self.phases = array("I"), array("I")
        self.states, self.marks = array("B"), array("B")
        self.reasons: dict[int, str] = {}
        for group in groups:
            base = len(self.ats)
            for column, part in zip(self._all, _split(group), strict=True):
                column.extend(part)
            if group.reasons:
                self.reasons.update((base + index, reason) for index, reason in decode(group.reasons, REASONS))
        self._check()

    def _check(self) -> None:
        """Raise Damage unless each number stands for something: nobody has to look again."""
        if not self.ats:
            return
        known = len(self._words), len(self._words), len(self._legend[0]), len(self._legend[1])
        if any(max(column) >= most for column, most in zip(self._all[1:], known, strict=True)) or not min(self.drivers):
            raise Damage("an event has a number that stands for nothing")
        if not isfinite(sum(self.ats)) or max(self.ats) > LAST_MOMENT or min(self.ats) < -LAST_MOMENT:
            raise Damage("an event has a time that cannot be")
        if self.reasons and not 0 <= min(self.reasons) <= max(self.reasons) < len(self.ats):
            raise Damage("a reason belongs to no event")

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self._words)}

    @property
    def _all(self) -> tuple[Column, ...]:
        return self.ats, self.drivers, self.phases, self.states, self.marks

    def __len__(self) -> int:
        return len(self.ats)

    def __getitem__(self, index: int) -> Event:
        states, marks = self._legend
        mark = marks[self.marks[index]]
        return Event(
            self.ats[index],
            self._words[self.drivers[index]],
            State(states[self.states[index]]),
            self._words[self.phases[index]] or None,
            Mark(mark) if mark else None,
            self.reasons.get(index, ""),
        )

    def __iter__(self) -> Iterator[Event]:
        return (self[index] for index in range(len(self)))

    def last(self) -> Last:
        """Find the last change of state of each driver, the last that happened to a step of it, and what is in its way.

        Drivers are told by their numbers, events by their index.
        """
        every = range(len(self))
        moved = list(map(not_, self.marks))
        changes = dict(zip(compress(self.drivers, moved), compress(every, moved), strict=True))
        steps = dict(zip(compress(self.drivers, self.marks), compress(every, self.marks), strict=True))
        return Last(changes, steps, self._since_ready(State.FAILED), self._since_ready(State.BLOCKED))

    def _since_ready(self, state: State) -> dict[int, int]:
        """Find the first change of each driver to a state since it was last ready: what comes later comes of it."""
        moves, ready = self._found(state), dict[int, int]()
        if moves:
            ready = {self.drivers[index]: index for index in self._found(State.READY)}
        found = dict[int, int]()
        for index in moves:
            if index > ready.get(self.drivers[index], -1):
                found.setdefault(self.drivers[index], index)
        return found

    def _found(self, state: State) -> list[int]:
        """Find the changes to a state."""
        if state not in self._legend[0]:  # written before there was such a state
            return []
        code, states = self._legend[0].index(state), self.states.tobytes()
        found, at = [], states.find(code)
        while at >= 0:
            if not self.marks[at]:
                found.append(at)
            at = states.find(code, at + 1)
        return found

    def counts(self, last: Last) -> dict[State, int]:
        """Count the drivers in each state, of those that were ever in another one than at first."""
        found = Counter(map(self.states.__getitem__, last.changes.values()))
        return {State(self._legend[0][code]): count for code, count in sorted(found.items())}

    def not_in(self, last: Last, *states: State) -> list[str]:
        """Name the drivers that are in none of these states, of those that were ever in another one than at first."""
        codes = {code for code, state in enumerate(self._legend[0]) if state in states}
        return [self._words[driver] for driver, index in last.changes.items() if self.states[index] not in codes]

    def restarting(self, last: Last) -> list[int]:
        """Return the numbers of the drivers that were ready and begin again by themselves."""
        if State.READY not in self._legend[0] or Mark.RETRIED not in self._legend[1]:
            return []
        ready, retried = self._legend[0].index(State.READY), self._legend[1].index(Mark.RETRIED)
        if retried not in self.marks:
            return []
        return [
            driver
            for driver, index in last.steps.items()
            if (self.marks[index], self.states[index]) == (retried, ready)
            and self.states[last.changes[driver]] == ready
        ]

    def number(self, driver: str) -> int | None:
        """Return a driver's number; None where it has none yet: a plan knows a new driver before its first event."""
        return self._numbers.get(driver)

    def name(self, number: int) -> str:
        """Return the name of a driver."""
        return self._words[number]

    def fold(self) -> Group:
        """Return the group of those events alone that say where each driver stands."""
        kept = sorted({index for found in self.last() for index in found.values()})
        columns = [array(column.typecode, map(column.__getitem__, kept)) for column in self._all]
        told = [(place, self.reasons[index]) for place, index in enumerate(kept) if index in self.reasons]
        return Group(len(kept), _join(columns), json.dumps(told) if told else "")


def _join(columns: Iterable[Column | bytes]) -> bytes:
    return b"".join(map(bytes, columns))


def _split(group: Group) -> Iterator[Column]:
    if len(group.events) != group.size * sum(_WIDTHS):
        raise Damage("a group of events has not as many as it says")
    at = 0
    for code, width in zip(_TYPES, _WIDTHS, strict=True):
        column: Column = array(code)
        end = at + width * group.size
        column.frombytes(group.events[at:end])
        yield column
        at = end
