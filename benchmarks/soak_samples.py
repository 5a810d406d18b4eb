"""What ``benchmarks.soak`` sees of an instance: its memory, its descriptors, its processes and its files."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.soak_graph import WORKER
from tierdeps._util.process_id import ProcessStat, read_stat
from tierdeps.processes.proc import DRIVER, GUARD, environment_of, is_alive

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The variable that all processes of a soak have in their environment; its value is that of one soak.
MARK = "TIERDEPS_SOAK"
#: A process without a driver, or one that is not reaped, counts once it is seen so many times in a row.
TIMES_SEEN = 3
_DRIVER, _GUARD = f"{DRIVER}=".encode(), f"{GUARD}=".encode()

Sample = dict[str, float]


class Marked(NamedTuple):
    """A process of the soak; ``driver`` is empty for those of tierdeps itself, ``worker`` is the driver's main one."""

    stat: ProcessStat
    driver: str
    worker: bool


def marked(mark: str) -> list[Marked]:
    """Return all processes of a soak, but for this one."""
    entry, found = f"{MARK}={mark}".encode(), []
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdigit() or int(name) == os.getpid():
            continue
        environment, stat = environment_of(int(name)), read_stat(int(name))
        if entry in environment and stat is not None:
            driver = next((one[len(_DRIVER) :].decode() for one in environment if one.startswith(_DRIVER)), "")
            found.append(Marked(stat, driver, str(WORKER).encode() in _command(stat.pid)))
    return found


def guards(parent: int) -> list[ProcessStat]:
    """Return the guards that a process started: their environment has nothing but that they are guards."""
    stats = _all_stats()
    return [
        one
        for one in stats
        if one.parent == parent and any(entry.startswith(_GUARD) for entry in environment_of(one.pid))
    ]


def _all_stats() -> list[ProcessStat]:
    return [stat for name in os.listdir("/proc") if name.isdigit() and (stat := read_stat(int(name)))]  # noqa: PTH208


def _command(pid: int) -> list[bytes]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return []


def without_driver(processes: list[Marked]) -> frozenset[tuple[int, int]]:
    """Return the processes, with their start times, that are older than the process of their driver, or have none."""
    newest: dict[str, int] = {}
    for one in processes:
        if one.worker:
            newest[one.driver] = max(newest.get(one.driver, 0), one.stat.started)
    return frozenset(
        (one.stat.pid, one.stat.started)
        for one in processes
        if one.driver and one.stat.started < newest.get(one.driver, 1 << 62)
    )


def zombies(parents: set[int]) -> frozenset[tuple[int, int]]:
    """Return children of these processes that have ended and are not reaped, with their start times."""
    return frozenset((one.pid, one.started) for one in _all_stats() if one.has_ended and one.parent in parents)


class Sampler:
    """Takes samples of the instance with this process id, whose own samples are in the file."""

    def __init__(self, pid: int, mark: str, state: Path, own: Path) -> None:
        self.types: list[dict[str, int]] = []
        #: What was seen of processes that should not be there.
        self.notes: list[str] = []
        self.guards: set[tuple[int, int]] = set()
        self._pid = pid
        self._mark = mark
        self._state = state
        self._own = own
        self._strays: list[frozenset[tuple[int, int]]] = []
        self._zombies: list[frozenset[tuple[int, int]]] = []

    def take(self) -> Sample | None:
        """Return a sample; None while the instance has no own one yet."""
        own = self._last_own()
        if own is None:
            return None
        self.types.append(own.pop("types"))
        processes = marked(self._mark)
        own_guards = guards(self._pid)
        self.guards.update((one.pid, one.started) for one in own_guards)
        self._strays.append(without_driver(processes))
        self._zombies.append(zombies({self._pid, *(one.pid for one in own_guards)}))
        files = [file for file in self._state.rglob("*") if file.is_file()]
        return own | {
            "rss_kib": _memory(self._pid, "Rss"),
            "pss_kib": _memory(self._pid, "Pss"),
            "descriptors": _descriptors(self._pid),
            "threads": len(os.listdir(f"/proc/{self._pid}/task")),  # noqa: PTH208
            "guard_rss_kib": sum(_memory(one.pid, "Rss") for one in own_guards),
            "guard_descriptors": sum(_descriptors(one.pid) for one in own_guards),
            "files": sum(file.suffix != ".log" for file in files),
            "journal_kib": _kib(file for file in files if file.suffix == ".sqlite"),
            "wal_kib": _kib(file for file in files if file.name.endswith("-wal")),
            "logs_kib": _kib(file for file in files if file.suffix == ".log"),
            "processes": sum(one.worker for one in processes),
            "without_driver": len(self._note(_persistent(self._strays))),
            "zombies": len(self._note(_persistent(self._zombies))),
        }

    def left(self) -> list[tuple[int, int]]:
        """Return the processes of the soak that run, and the guards."""
        guards_left = [one for one in self.guards if is_alive(*one)]
        return [(one.stat.pid, one.stat.started) for one in marked(self._mark) if not one.stat.has_ended] + guards_left

    def _note(self, processes: frozenset[tuple[int, int]]) -> frozenset[tuple[int, int]]:
        """Keep what can be said of these processes, as they may end before the report."""
        for pid, _ in processes:
            driver = [one.decode() for one in environment_of(pid) if one.startswith(_DRIVER)]
            self.notes.append(f"process {pid} {_command(pid)} {driver} {read_stat(pid)}")
        return processes

    def _last_own(self) -> dict[str, Any] | None:
        with suppress(FileNotFoundError):
            whole, _, _ = self._own.read_text().rpartition("\n")  # the last one may just be written
            return dict(json.loads(whole.splitlines()[-1])) if whole else None
        return None


def _persistent(seen: list[frozenset[tuple[int, int]]]) -> frozenset[tuple[int, int]]:
    last = seen[-TIMES_SEEN:]
    return frozenset.intersection(*last) if len(last) == TIMES_SEEN else frozenset()


def _memory(pid: int, kind: str) -> int:
    with suppress(OSError):
        found = re.search(rf"^{kind}: +(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) if found else 0
    return 0


def _descriptors(pid: int) -> int:
    with suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208
    return 0


def _kib(files: Iterable[Path]) -> float:
    total = 0
    for file in files:
        with suppress(OSError):  # it was removed by a rotation
            total += file.stat().st_size
    return total / 1024
