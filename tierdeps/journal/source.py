"""What is long of a run is read only when it is asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.journal.columns import Columns, Group, words_of
from tierdeps.journal.outline import load
from tierdeps.journal.store import GROUPS, faults
from tierdeps.value import Value

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from tierdeps.journal.outline import Outline


class Keys(NamedTuple):
    """Where a run's plan lies, and that it began with; and what the numbers of states and marks stand for, as text."""

    plan: str
    first_plan: str
    legend: str


class Source(Value):
    """Where one run's plan and events are read."""

    connection: sqlite3.Connection
    path: Path
    run: int
    keys: Keys

    def outline(self) -> Outline:
        """Read the plan's outline."""
        return self._read(self.keys.plan)

    def first_outline(self) -> Outline:
        """Read the outline of the plan that it began with."""
        return self._read(self.keys.first_plan)

    def inherited(self) -> tuple[str, ...]:
        """Read which drivers a killed run before it left behind."""
        with faults(self.path):
            statement = "SELECT inherited FROM runs WHERE id = ?"
            found = self.connection.execute(statement, (self.run,)).fetchone()
            return tuple(json.loads(found[0])) if found else ()

    def columns(self, *, folded: bool) -> Columns:
        """Read the events; ``folded``: only as many as it takes to know where each driver stands."""
        groups, upto = list[Group](), 0
        with faults(self.path):
            if folded and (fold := self._fold()):
                upto = fold[0]
                groups.append(Group(*fold[1:]))
            groups.extend(self._groups(upto))
            return Columns(groups, list(self._words()), json.loads(self.keys.legend))

    def _read(self, key: str) -> Outline:
        with faults(self.path):
            statement = "SELECT head, waits FROM plans WHERE key = ?"
            return load(*self.connection.execute(statement, (key,)).fetchone())

    def _words(self) -> Iterator[str]:
        yield ""
        yield from words_of(self._read(self.keys.first_plan))
        statement = "SELECT word FROM words WHERE run = ? ORDER BY number"
        for (word,) in self.connection.execute(statement, (self.run,)):
            yield word

    def _fold(self) -> tuple[int, int, bytes, str] | None:
        statement = "SELECT upto, size, events, reasons FROM folds WHERE run = ?"
        found: tuple[int, int, bytes, str] | None = self.connection.execute(statement, (self.run,)).fetchone()
        return found

    def _groups(self, upto: int) -> Iterator[Group]:
        bounds = (self.run * GROUPS + upto, (self.run + 1) * GROUPS)
        statement = "SELECT size, events, reasons FROM groups WHERE id > ? AND id < ? ORDER BY id"
        return (Group(*row) for row in self.connection.execute(statement, bounds))
