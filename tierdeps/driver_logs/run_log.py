"""The logs of one run: those of several drivers, together in the order of time."""

from __future__ import annotations

import os
import time
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING

from tierdeps.driver_logs.folders import drivers_of, files_in, open_run_folder
from tierdeps.driver_logs.reader import DriverLogReader

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from typing import Self

    from tierdeps._util.state_dir import PrivateFolder
    from tierdeps.driver_logs.log_line import LogLine

_BY_TIME = attrgetter("time")
#: Within this time, two changes of a folder may have the same time.
CLOCK_TICK_NS = 100_000_000


class RunLog:
    """The logs of the run with a folder of this name; a context manager that closes it.

    ``names`` are the drivers of the run. Only the logs of ``chosen`` drivers are read; None means all. ``lines`` is
    called once, and returns what has been written so far; ``new_lines`` what has been written since. Neither waits.
    Both raise NotOursError, or OSError. A run that has not written anything has no folder yet, which is no error.
    """

    def __init__(self, folder: str, names: Iterable[str] = (), chosen: Collection[str] | None = None) -> None:
        self._name = folder
        self._names = tuple(names)
        self._chosen = chosen
        self._folder: PrivateFolder | None = None
        self._readers: dict[str, DriverLogReader] = {}
        self._seen = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.close()

    def lines(self, last: int | None = None, since: float | None = None) -> Iterator[LogLine]:
        """Yield the lines by time: the ``last`` ones of each driver, or those ``since`` a time, or all."""
        self._find_new()
        for reader in self._readers.values():
            if last is not None:
                reader.move_to_last(last)
            elif since is not None:
                reader.move_to_time(since)
        until = time.time()
        for line in merge(*(_lines_until(reader, until) for reader in self._readers.values()), key=_BY_TIME):
            if since is None or line.time >= since:
                yield line

    def new_lines(self) -> list[LogLine]:
        """Return lines that are new, by time; if there are very many, the rest comes with the next call."""
        self._find_new()
        found = [line for reader in self._readers.values() for line in reader.read()]
        found.sort(key=_BY_TIME)
        return found

    def drivers(self) -> frozenset[str]:
        """Return the drivers that have a log."""
        self._find_new()
        if self._folder is None:
            return frozenset()
        return frozenset(drivers_of(files_in(self._folder), self._names).values())

    def _find_new(self) -> None:
        """Add readers for drivers that have a log since the last call."""
        if self._folder is None:
            try:
                self._folder = open_run_folder(self._name)
            except FileNotFoundError:
                return
        changed = os.stat(self._folder.path).st_mtime_ns  # noqa: PTH116
        if changed == self._seen:
            return
        if time.time_ns() - changed > CLOCK_TICK_NS:
            self._seen = changed
        found = files_in(self._folder)
        for stem, driver in drivers_of(found, self._names).items():
            if stem not in self._readers and (self._chosen is None or driver in self._chosen):
                self._readers[stem] = DriverLogReader(self._folder, stem, driver, found[stem])


def _lines_until(reader: DriverLogReader, until: float) -> Iterator[LogLine]:
    """Yield lines up to a time: a driver may write faster than they are read."""
    while lines := reader.read():
        yield from lines
        if lines[-1].time > until:
            return
