"""The running processes of an instance, on disk, for the next run: a run may be killed together with its guard."""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from logging import getLogger
from signal import Signals
from typing import TYPE_CHECKING, Annotated, NamedTuple

from msgspec import Meta, Struct
from msgspec.structs import astuple

from tierdeps._util.process_id import boot_id
from tierdeps._util.state_dir import PrivateFolder
from tierdeps.driver_logs.folders import PROCESSES, SUFFIXES, digest, file_stem
from tierdeps.journal.decode import decode
from tierdeps.journal.errors import Damage
from tierdeps.journal.limits import MAX_PID
from tierdeps.journal.quarantine import free_name
from tierdeps.journal.schema import journal_path
from tierdeps.processes.proc import is_alive, read_process

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Mapping
    from pathlib import Path

#: A longer file of output is renamed to ``.old`` when its driver is started again, in bytes.
MAX_OUTPUT_BYTES = 8 << 20
#: The file's name.
RECORDS_FILE = "records"
#: The file that lists the cgroups of the instance's runs.
CGROUPS_FILE = "cgroups"
#: How long changes are collected before they are written, in seconds.
FLUSH_DELAY_S = 0.05


class ProcessRecord(NamedTuple):
    """A driver's process, when it started, as ``/proc`` counts, and whether it was left running once it was ready.

    ``stop_signal`` is sent to stop it; ``traits`` are digests of what it was started with.
    """

    driver: str
    pid: int
    started: int
    left: bool
    boot: str
    stop_signal: str = "SIGTERM"
    traits: Mapping[str, str] = {}


class _Line(Struct, frozen=True, array_like=True):
    """The fields of a ``ProcessRecord`` as they are written."""

    driver: str
    pid: Annotated[int, Meta(ge=1, le=MAX_PID)]
    started: Annotated[int, Meta(ge=0, le=(1 << 63) - 1)]
    left: bool
    boot: str
    stop_signal: str = "SIGTERM"
    traits: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.stop_signal not in Signals.__members__:
            raise ValueError("expected the name of a signal")


class ProcessRegistry:
    """The records of one instance: one line for each change; the last line of a driver counts.

    They are written in batches with a delay, so that no start of a process waits for the disk.
    """

    def __init__(self, instance: str) -> None:
        from asyncio import get_running_loop

        self._folder = open_folder(instance)
        self.folder: Path = self._folder.path
        self._file = -1
        self._loop = get_running_loop()
        self._queue: dict[str, ProcessRecord] = {}
        self._flushing: asyncio.TimerHandle | None = None
        self._current = {record.driver: record for record in _read_or_quarantine(self._folder) if runs(record)}
        if self._current:
            self._rewrite()

    def output(self, driver: str, stream: str = "stdout") -> Path:
        """Return the path of the file of a driver's output."""
        return output_path(self.folder, driver, stream)

    def open_output(self, driver: str, stream: str, flags: int) -> int:
        """Open the file of a driver's output. Raises OSError, also if the file is not ours."""
        name = self.output(driver, stream).name
        there = self._folder.check(name) if flags & os.O_CREAT else None
        if there is not None and there.st_size > MAX_OUTPUT_BYTES:
            self._folder.rename(name, f"{name}.old")
        return self._folder.open_file(name, flags)

    def write(self, driver: str, pid: int, *, left: bool, stop_signal: str = "SIGTERM", **traits: str) -> None:
        """Record a driver's process with the next batch; its start time is looked up then."""
        self._queue[driver] = ProcessRecord(driver, pid, 0, left, boot_id(), stop_signal, traits)
        if self._flushing is None:
            self._flushing = self._loop.call_later(FLUSH_DELAY_S, self._flush_quietly)

    def read(self, driver: str) -> ProcessRecord | None:
        """Return a driver's process, if it still runs."""
        found = self._current.get(driver)
        return found if found is not None and runs(found) else None

    def remove(self, driver: str) -> None:
        """Remove a driver's record, from the file when it is closed."""
        self._queue.pop(driver, None)
        self._current.pop(driver, None)

    def _flush_quietly(self) -> None:
        with suppress(OSError):  # a full disk, for example: the records are only needed if the guard is killed too
            self.flush()

    def cgroups(self) -> tuple[tuple[str, str], ...]:
        """Return the cgroups that were recorded, each with the id of its boot; they are not validated."""
        try:
            with open(self._folder.open_file(CGROUPS_FILE, os.O_RDONLY), "rb") as file:  # noqa: PTH123  a number
                lines = os.fsdecode(file.read()).splitlines()
        except OSError:
            return ()
        return tuple((boot, path) for boot, _, path in (line.partition(" ") for line in lines) if path)

    def write_cgroups(self, cgroups: Iterable[tuple[str, str]]) -> None:
        """Record these cgroups in place of those before; what cannot be written is not recorded."""
        with suppress(OSError):
            self._folder.remove(CGROUPS_FILE)
        text = "".join(f"{boot} {path}\n" for boot, path in cgroups)
        if text:
            with suppress(OSError), open(self._folder.open_file(CGROUPS_FILE, os.O_WRONLY | os.O_CREAT), "wb") as file:  # noqa: PTH123
                file.write(os.fsencode(text))

    def flush(self) -> None:
        """Write the batch."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        added = []
        for record in self._queue.values():
            leader = read_process(record.pid, dead=True)
            if leader is not None:
                added.append(record._replace(started=leader.started))
        self._queue.clear()
        self._current.update((record.driver, record) for record in added)
        self._append(added)

    def close(self) -> None:
        """Rewrite the file with the processes that run on; remove everything if there are none."""
        self.flush()
        self._rewrite()
        with suppress(OSError):  # it is not empty if there are records of processes that run on, or output files
            self.folder.rmdir()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._folder.close()

    def _rewrite(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        with suppress(OSError):
            self._folder.remove(RECORDS_FILE)
        self._append(list(self._current.values()))

    def _append(self, records: list[ProcessRecord]) -> None:
        if records and self._file < 0:
            self._file = self._folder.open_file(RECORDS_FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        if records:
            data = "".join(f"{json.dumps(record)}\n" for record in records).encode()
            if os.write(self._file, data) < len(data):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def open_folder(instance: str, *, make: bool = True) -> PrivateFolder:
    """Open the folder with the records of an instance and the output files. Raises NotOursError or OSError."""
    return PrivateFolder.open(journal_path().parent, PROCESSES, digest(instance), make=make)


def output_path(folder: Path, driver: str, stream: str = "stdout") -> Path:
    """Return the path of the file of a driver's output: ``web.log``, and ``web.err`` of its standard error."""
    return folder / f"{file_stem(driver)}.{SUFFIXES[stream]}"


def read_records(folder: PrivateFolder) -> tuple[ProcessRecord, ...]:
    """Return the last record of each driver, whether it runs or not. Raises NotOursError."""
    return tuple({record.driver: record for record in _read(folder).records}.values())


def forget_records(folder: PrivateFolder, drivers: Iterable[str]) -> None:
    """Remove the records of drivers; only while no run of the instance is running. Raises NotOursError."""
    gone = set(drivers)
    kept = [record for record in _read_or_quarantine(folder) if record.driver not in gone]
    folder.remove(RECORDS_FILE)
    if kept:
        with open(folder.open_file(RECORDS_FILE, os.O_WRONLY | os.O_CREAT), "wb") as file:  # noqa: PTH123  a number
            file.write("".join(f"{json.dumps(record)}\n" for record in kept).encode())


class _Found(NamedTuple):
    """The valid records in a file, and what is wrong with its first invalid line."""

    records: list[ProcessRecord]
    damage: str = ""


def _read(folder: PrivateFolder) -> _Found:
    """Read the records; an incomplete last line is ignored, an invalid line is omitted. Raises NotOursError.

    A record decides which process is signalled, so each of its fields is validated.
    """
    found, damage = list[ProcessRecord](), ""
    with suppress(FileNotFoundError), open(folder.open_file(RECORDS_FILE, os.O_RDONLY), "rb") as file:  # noqa: PTH123
        for line in file.read().split(b"\n")[:-1]:
            try:
                found.append(ProcessRecord(*astuple(decode(line.decode("ascii"), _Line))))
            except (Damage, UnicodeDecodeError) as error:
                damage = damage or str(error)
    return _Found(found, damage)


def _read_or_quarantine(folder: PrivateFolder) -> list[ProcessRecord]:
    """Read the records before the file is written again; a damaged file is renamed, and a warning is logged."""
    found = _read(folder)
    if found.damage:
        path = folder.path / RECORDS_FILE
        aside = free_name(path).name
        folder.rename(RECORDS_FILE, aside)
        logger = getLogger("tierdeps.processes")
        logger.warning(
            "the records of processes %s are damaged (%s); they were set aside as %s", path, found.damage, aside
        )
    return found.records


def runs(record: ProcessRecord) -> bool:
    """Return whether the recorded process still runs, and not a later one with the same id, or of another boot."""
    return record.boot == boot_id() and is_alive(record.pid, record.started)
