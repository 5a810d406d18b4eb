"""A folder in which ``tierdeps`` runs as it does on a machine: processes of its own, and a state of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from tierdeps.journal import Journal, JournalError, RunRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: How long anything may take, in seconds: on a busy machine, far longer than it does.
TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Answer:
    """The output and the exit code of a command."""

    code: int | str | None
    out: str
    err: str


class Host:
    """Graphs of processes that sleep, each for a time of its own: so they are found, whichever process started them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[subprocess.Popen[str]] = []
        self._mark = f"8{os.getpid():07}"
        self._places: dict[str, int] = {}

    def command(self, driver: str, version: int = 0) -> list[str]:
        """Return the command of a driver that is a process; another version is another command."""
        place = self._places.setdefault(driver, len(self._places))
        return ["sleep", f"{self._mark}.{place:04}{version}"]

    def graph(self, needs: Mapping[str, tuple[str, ...]], name: str = "graph.toml", **versions: int) -> None:
        """Write a graph of processes."""
        commands = {driver: self.command(driver, versions.get(driver, 0)) for driver in needs}
        text = "".join(
            f"[drivers.{driver}]\nrequires = {list(needed)}\ncommand = {commands[driver]}\n"
            for driver, needed in needs.items()
        )
        (self.folder / name).write_text(text)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tierdeps", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def ask(self, *arguments: str, given: str = "") -> Answer:
        """Run a command to its end, with ``given`` as its standard input."""
        process = self.begin(*arguments)
        out, err = process.communicate(given, timeout=TIMEOUT_S)
        return Answer(process.returncode, out, err)

    def alive(self) -> tuple[RunRecord, ...]:
        """Return the instances that run."""
        with Journal.open(readonly=True) as journal:
            return journal.alive()

    def running(self) -> dict[str, list[int]]:
        """Return the processes of drivers that run, whichever process started them, by driver."""
        wait_for(lambda: not any(map(_is_nascent, _pids())), "the beginning of processes")
        found: dict[str, list[int]] = {}
        names = {f"{place:04}": driver for driver, place in self._places.items()}
        for pid in _pids():
            words = _words(pid)
            if len(words) == 2 and words[1].startswith(f"{self._mark}."):
                found.setdefault(names[words[1].partition(".")[2][:4]], []).append(pid)
        return found

    def close(self) -> None:
        """End all processes that are left, so that a failed test leaves none."""
        for process in self._started:
            process.kill()
            process.communicate()
        with suppress(JournalError):  # a test may have made one that is not to be read
            for run in self.alive():
                with suppress(ProcessLookupError):
                    os.kill(run.info.pid, signal.SIGKILL)
        for pid in (pid for pids in self.running().values() for pid in pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _is_nascent(pid: int) -> bool:
    """Return whether a process is in exec: it has its new program already, but no arguments yet."""
    try:
        return not Path(f"/proc/{pid}/cmdline").read_bytes() and bool(Path(f"/proc/{pid}/exe").readlink())
    except OSError:
        return False


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []


def read_until(process: subprocess.Popen[str], text: str) -> None:
    """Read the output of a process up to a line that contains a text."""
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"{text!r} never came")


def wait_for(holds: Callable[[], object], what: str) -> None:
    """Wait until a condition holds."""
    until = monotonic() + TIMEOUT_S
    while not holds():
        assert monotonic() < until, f"{what}: not within {TIMEOUT_S:g} s"
        sleep(0.02)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = Host(tmp_path)
    yield made
    made.close()
