"""Which processes of a run are in its cgroup, and the warning about one that is not."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from tierdeps.processes import cgroup
from tierdeps.processes.containment import Containment
from tierdeps.processes.orphan_guard import end_cgroups
from tierdeps.processes.orphan_guard_state import GuardState, Session
from tierdeps.processes.proc import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.processes.cgroup import Cgroup, CgroupEntry


@pytest.fixture
def contained(real: Cgroup) -> Iterator[Containment]:
    """Make a run contain its processes in a cgroup."""
    made = Containment(os.urandom(8).hex(), None, wanted=True)
    yield made
    made.close(handed_over=False, left=False)


def close(entry: CgroupEntry | None) -> None:
    assert entry is not None
    os.close(entry.procs)


@contextmanager
def sleep_in(folder: str, **marks: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a cgroup until the end of the block, with some marks in its environment."""
    with subprocess.Popen(["/bin/sleep", "1000"], env={**os.environ, **marks}) as process:
        try:
            Path(folder).mkdir(exist_ok=True)
            Path(folder, "cgroup.procs").write_text(str(process.pid))
            # Popen returns a moment before the kernel shows the environment of the new program.
            while process.poll() is None and not Path(f"/proc/{process.pid}/environ").read_bytes():
                time.sleep(0.001)
            yield process
        finally:
            process.kill()


def test_a_process_is_in_the_cgroups_above_its_own_and_in_no_other(real: Cgroup) -> None:
    below, other = real.folder("a"), real.folder("b")
    with sleep_in(below) as process:
        assert [cgroup.contains(folder, process.pid) for folder in (real.path, below, other)] == [True, True, False]
        assert not cgroup.contains(below, os.getpid())
        assert cgroup.parts_of(process.pid)[-2:] == [real.name, Path(below).name]
    assert cgroup.contains(below, process.pid)  # nobody can tell any more
    assert cgroup.parts_of(process.pid) == []


def test_a_process_that_could_not_enter_is_reported(contained: Containment, caplog: pytest.LogCaptureFixture) -> None:
    close(contained.open("web"))
    contained.check("web", os.getpid())
    (record,) = caplog.records
    assert record.name == "tierdeps.driver.web"
    assert record.getMessage() == "it runs outside of the run's cgroup: it could not enter"


def test_a_process_in_its_cgroup_is_not_reported(contained: Containment, caplog: pytest.LogCaptureFixture) -> None:
    close(contained.open("web"))
    (folder,) = contained.folders("web")
    with sleep_in(folder) as process:
        contained.check("web", process.pid)
    assert caplog.records == []


def test_where_its_cgroup_cannot_be_made_it_runs_outside(
    contained: Containment, caplog: pytest.LogCaptureFixture
) -> None:
    close(contained.open("web"))
    contained.forget("web")
    assert cgroup.remove(contained.path)
    assert contained.open("db") is None
    (record,) = caplog.records
    assert record.name == "tierdeps.driver.db"
    assert record.getMessage().startswith("it runs outside of the run's cgroup: [Errno 2]")


def test_where_none_is_wanted_there_is_none(real: Cgroup) -> None:
    none = Containment("run", None, wanted=False)
    assert (none.open("web"), none.path, none.folders("web"), none.orphaned("web")) == (None, "", (), ())
    none.check("web", os.getpid())
    none.close(handed_over=False, left=False)


@pytest.mark.parametrize("whole", [True, False])
def test_the_guard_kills_what_is_left_there_of_what_is_to_end(real: Cgroup, whole: bool) -> None:
    state = GuardState()
    state.stop_all = whole
    state.sessions["0"] = Session(15, b"ending")
    with sleep_in(real.folder("ending")) as ending, sleep_in(real.folder("kept")) as kept:
        end_cgroups(real, state)
        assert ending.wait(20) == -9
        assert not Path(real.path).exists()
        assert whole or kept.poll() is None


def test_what_this_process_starts_elsewhere_meanwhile_is_moved_out(contained: Containment) -> None:
    close(contained.open("web"))
    (folder,) = contained.folders("web")
    with sleep_in(folder) as process, sleep_in(folder) as other:
        contained.check("web", process.pid)
        assert cgroup.contains(folder, process.pid)
        assert cgroup.parts_of(other.pid) == cgroup.parts_of(os.getpid())


def test_a_daemon_of_the_driver_that_became_a_child_of_this_process_is_not_moved_out(contained: Containment) -> None:
    close(contained.open("web"))
    (folder,) = contained.folders("web")
    run = Path(contained.path).name.removeprefix("tierdeps-")
    with sleep_in(folder) as process, sleep_in(folder, **{RUN: run}) as daemon:
        contained.check("web", process.pid)
        assert cgroup.contains(folder, daemon.pid)


def test_a_process_that_was_moved_since_does_not_return_there(contained: Containment, real: Cgroup) -> None:
    entry = contained.open("web")
    assert entry is not None
    assert entry.home >= 0
    close(entry)
    with visit(real.folder("elsewhere"), real):
        moved = contained.open("web")
    assert moved is not None
    assert moved.home == -1
    close(moved)


def test_a_run_of_another_thread_is_not_below_a_driver_that_is_just_started(real: Cgroup) -> None:
    made: list[Cgroup | None] = []
    thread = Thread(target=lambda: made.append(cgroup.create("0" * 16)))
    with cgroup.MOVING, visit(real.folder("web"), real):
        thread.start()
        thread.join(0.2)  # time to read a wrong one, if it could
    thread.join()
    (found,) = made
    assert found is not None
    assert cgroup.remove(found.path)
    assert Path(found.path).parent == Path(real.path).parent


@contextmanager
def visit(folder: str, real: Cgroup) -> Iterator[None]:
    """Have this process in a cgroup until the end of the block."""
    Path(folder).mkdir()
    Path(folder, "cgroup.procs").write_text("0")
    try:
        yield
    finally:
        Path(real.home).write_text("0")


def test_a_process_that_could_not_return_is_reported(
    contained: Containment, real: Cgroup, caplog: pytest.LogCaptureFixture
) -> None:
    close(contained.open("web"))
    (folder,) = contained.folders("web")
    with sleep_in(folder) as process:
        Path(folder, "cgroup.procs").write_text("0")
        try:
            contained.check("web", process.pid)
        finally:
            Path(real.home).write_text("0")
    assert [record.getMessage() for record in caplog.records] == ["tierdeps is in its cgroup, and cannot leave it"]


def test_killing_all_in_a_cgroup_spares_this_process(real: Cgroup) -> None:
    folder = real.folder("web")
    with visit(folder, real), sleep_in(folder) as process:
        cgroup.kill(folder)
        assert process.wait(20) == -9
