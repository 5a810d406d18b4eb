"""The table of the drivers, tier by tier."""

from __future__ import annotations

from operator import gt
from typing import TYPE_CHECKING

from rich.text import Text
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from tierdeps._util.text import shortened
from tierdeps.ui.texts import moment, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.ui.source import DriverRow, RunView

COLUMNS = ("tier", "driver", "state", "since", "waits for, or why")
#: Longer names of tiers and drivers are cut, so that 80 columns have room for the rest.
MAX_TIER, MAX_DRIVER = 9, 24


class DriverTable(DataTable[Text]):
    """The drivers; the one at the cursor is the chosen one."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  as widgets have it
        super().__init__(id=id, cursor_type="row")
        self._shown: tuple[DriverRow, ...] = ()
        self._cells: list[tuple[Text, ...]] = []
        self._widths: list[int] = []

    @property
    def chosen(self) -> str:
        """The driver at the cursor; empty if there is none."""
        return self._shown[self.cursor_row].driver if 0 <= self.cursor_row < len(self._shown) else ""

    def show(self, run: RunView) -> None:
        """Show the drivers of a run; the chosen one stays chosen as long as it is among them."""
        before, self._shown = self._shown, run.drivers
        if [(row.driver, row.tier) for row in before] != [(row.driver, row.tier) for row in run.drivers]:
            self._cells = list(map(_cells, run.drivers))
            self._fill(before, widths_of(self._cells))
            return
        changed = [number for number, (old, new) in enumerate(zip(before, run.drivers, strict=True)) if old != new]
        for number in changed:
            self._update(number)
        needed = widths_of(self._cells[number] for number in changed)
        if any(map(gt, needed, self._widths)):
            self._fill(before, list(map(max, needed, self._widths)))

    def _fill(self, before: tuple[DriverRow, ...], widths: list[int]) -> None:
        """Write all cells; the widths are set, because those that DataTable finds can be late by a change."""
        at, self._widths = self.cursor_row, widths
        chosen = before[at].driver if 0 <= at < len(before) else ""
        self.clear(columns=True)
        for name, width in zip(COLUMNS, widths, strict=True):
            self.add_column(Text(name), width=width)
        for cells in self._cells:
            self.add_row(*cells)
        names = [row.driver for row in self._shown]
        if chosen in names:
            self.move_cursor(row=names.index(chosen))

    def _update(self, number: int) -> None:
        before, self._cells[number] = self._cells[number], _cells(self._shown[number])
        for column, (was, cell) in enumerate(zip(before, self._cells[number], strict=True)):
            if was != cell:
                self.update_cell_at(Coordinate(number, column), cell)


def widths_of(rows: Iterable[tuple[Text, ...]]) -> list[int]:
    """Return how wide columns with these cells have to be."""
    lengths = [list(map(len, COLUMNS)), *([cell.cell_len for cell in cells] for cells in rows)]
    return list(map(max, zip(*lengths, strict=True)))


def _cells(row: DriverRow) -> tuple[Text, ...]:
    name = plain(shortened(row.driver, MAX_DRIVER))
    if row.host:
        name.append_text(plain(f" {row.host}", "dim"))
    return (
        plain(shortened(row.tier, MAX_TIER), "dim"),
        name,
        plain(row.state, row.kind),
        plain(moment(row.since)),
        plain(row.note, row.kind if row.kind == "error" else ""),
    )
