"""What is long of a run is read only when it is asked for."""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING, NamedTuple

from tierdeps._util.frozen import Value
from tierdeps.journal.columns import Columns, Group, legend_of, words_of
from tierdeps.journal.decode import Count, checked, decode
from tierdeps.journal.errors import Damage
from tierdeps.journal.outline import load
from tierdeps.journal.store import GROUPS, faults

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
            return decode(found[0], tuple[str, ...]) if found else ()

    def columns(self, *, folded: bool) -> Columns:
        """Read the events; ``folded``: only as many as it takes to know where each driver stands."""
        groups, upto = list[Group](), 0
        with faults(self.path):
            if folded and (fold := self._fold()):
                upto, group = fold
                groups.append(group)
            groups.extend(self._groups(upto))
            return Columns(groups, list(self._words()), legend_of(self.keys.legend))

    def _read(self, key: str) -> Outline:
        with faults(self.path):
            found = self.connection.execute("SELECT head, waits FROM plans WHERE key = ?", (key,)).fetchone()
            if found is None:
                raise Damage("the plan of a run is missing")
            return load(*checked(found, tuple[str, bytes]))

    def _words(self) -> Iterator[str]:
        yield ""
        yield from words_of(self._read(self.keys.first_plan))
        statement = "SELECT word FROM words WHERE run = ? ORDER BY number"
        yield from checked([word for (word,) in self.connection.execute(statement, (self.run,))], list[str])

    def _fold(self) -> tuple[int, Group] | None:
        statement = "SELECT upto, size, events, reasons FROM folds WHERE run = ?"
        found = self.connection.execute(statement, (self.run,)).fetchone()
        if found is None:
            return None
        upto, *rest = checked(found, tuple[Count, Count, bytes, str])
        return upto, Group(*rest)

    def _groups(self, upto: int) -> Iterator[Group]:
        bounds = (self.run * GROUPS + upto, (self.run + 1) * GROUPS)
        statement = "SELECT size, events, reasons FROM groups WHERE id > ? AND id < ? ORDER BY id"
        rows = self.connection.execute(statement, bounds).fetchall()
        return starmap(Group, checked(rows, list[tuple[Count, bytes, str]]))
