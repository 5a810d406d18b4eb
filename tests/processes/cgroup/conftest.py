"""Processes that leave their session, and the cgroup of a run, if this host has cgroup v2."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import PYTHON
from tierdeps.model import Process
from tierdeps.processes import cgroup
from tierdeps.processes.cgroup import Cgroup, own_folder
from tierdeps.processes.proc import read_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.processes.run import ProcessRun


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cgroup]:
    """Make a cgroup of the test's own."""
    monkeypatch.delenv("TIERDEPS_CGROUP")
    made = cgroup.create(os.urandom(8).hex())
    if made is None:
        pytest.skip("this host has no cgroup v2 in which this user may make one")
    yield made
    assert cgroup.end(made.path)


#: Leaves its session, clears its environment, closes its output, and is no descendant of anybody's any more.
ESCAPES = """
import os, signal
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    open({pid!r}, "w").write(str(os.getpid()))
    os.execve("/bin/sleep", ["sleep", "1000"], {{}})
os.wait()
while not os.path.exists({pid!r}) or not open({pid!r}).read():
    pass
while open("/proc/" + open({pid!r}).read() + "/comm").read() != "sleep\\n":
    pass
print("up")
signal.pause()
"""


class Escaper:
    """A process that leaves a process behind which no tag, session, pipe or parent leads to."""

    def __init__(self, folder: Path) -> None:
        self._pid = folder / "escaped"
        self.process = Process((*PYTHON, ESCAPES.format(pid=str(self._pid))), "log:up")

    def still_runs(self) -> bool:
        one = read_process(int(self._pid.read_text()))
        return one is not None and Path(f"/proc/{one.pid}/comm").read_text() == "sleep\n"

    def ends(self) -> bool:
        latest = time.monotonic() + 20
        while self.still_runs() and time.monotonic() < latest:
            time.sleep(0.01)
        return not self.still_runs()


@pytest.fixture
def escaper(tmp_path: Path, real: Cgroup) -> Iterator[Escaper]:
    made = Escaper(tmp_path)
    yield made
    if made.still_runs():
        os.kill(int((tmp_path / "escaped").read_text()), signal.SIGKILL)


def folders(path: str) -> list[str] | None:
    """Return the cgroups in a cgroup; None where there is no such thing."""
    return [each.name for each in Path(path).iterdir() if each.is_dir()] if Path(path).is_dir() else None


def path_of(shared: ProcessRun, real: Cgroup) -> str:
    """Return where the cgroup of a run is."""
    return f"{Path(real.path).parent}/tierdeps-{shared.id}"


def mine() -> list[Path]:
    """Return the cgroups of runs beside this process's, but for the fixture's and those of others."""
    own = own_folder(Path("/proc/self/cgroup").read_text(), Path("/proc/self/mountinfo").read_text())
    assert own is not None
    return list(Path(own).glob("tierdeps-*"))


def cmdline(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()
