"""A process reports that it is ready by a line on a descriptor that it inherits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.processes.conftest import run, start
from tierdeps import Driver, requires
from tierdeps.model import Process
from tierdeps.processes.spawn import SpawnOptions, spawn


def shell(script: str, fd: int = 3, cwd: str | None = None) -> Process:
    return Process(("sh", "-c", script), f"fd:{fd}", cwd=cwd)


def open_descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


@pytest.mark.parametrize(
    "script",
    [
        "echo >&3; exec sleep 1000",
        "echo ready >&3; exec 3>&-; exec sleep 1000",
        "printf 'load' >&3; printf 'ing\\nmore' >&3; exec sleep 1000",
        "(echo >&3) & exec sleep 1000 3>&-",
    ],
)
@pytest.mark.parametrize("place", [None, "/"])
def test_it_is_ready_once_it_has_written_a_line(script: str, place: str | None) -> None:
    assert start(shell(script, cwd=place)) == ""


@pytest.mark.parametrize("fd", [4, 9])
def test_the_descriptor_has_the_number_that_is_declared(fd: int) -> None:
    assert start(shell(f"echo >&{fd}; exec sleep 1000", fd)) == ""


def test_dependents_start_after_the_line_was_written(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    report = run(
        Driver("base", process=shell(f"touch {mark}; echo >&3; exec sleep 1000")),
        Driver("web", dependencies=(requires("base"),), process=Process(("test", "-e", str(mark)), "exit")),
    )
    assert report.ok


@pytest.mark.parametrize("script", ["exec 3>&-; exec sleep 1000", "printf ready >&3; exec sleep 1000 3>&-"])
@pytest.mark.parametrize("place", [None, "/"])
def test_to_close_it_without_a_line_is_a_failure(script: str, place: str | None) -> None:
    assert start(shell(script, cwd=place)) == ("the process closed its descriptor 3 without writing a line to it")


def test_an_exit_before_the_line_is_reported_as_an_exit() -> None:
    assert start(shell("echo bad config; exit 3")) == (
        "the process exited with code 3 before it was ready; last output: bad config"
    )


def test_one_that_writes_nothing_is_not_ready_in_time() -> None:
    assert start(shell("exec sleep 1000"), timeout=0.3) == (
        "the process was not ready within 0.3 s (fd:3): it wrote no line to its descriptor 3"
    )


@pytest.mark.parametrize("place", [None, "/"])
def test_a_program_that_is_not_there_is_reported(place: str | None) -> None:
    said = start(Process(("/nonesuch",), "fd:3", cwd=place))
    assert said == "the process cannot be started: there is no file '/nonesuch'"


def until(path: Path) -> str:
    """Return a command of a shell that waits until a file exists."""
    return f"until test -e {path}; do sleep 0.01; done"


def test_a_process_that_is_started_again_reports_on_a_new_descriptor(tmp_path: Path) -> None:
    started, again = tmp_path / "started", tmp_path / "again"
    # It ends only after "later" has started, so the first report has been read by then.
    script = f"echo >&3 || exit 2; test -e {started} && touch {again} && exec sleep 1000; {until(started)}; exit 1"
    process = Process(("sh", "-c", script), "fd:3", settle=0, restart="on-failure", restart_backoff=0)
    wait = Process(("sh", "-c", f"touch {started}; {until(again)}"), "exit")
    report = run(Driver("web", process=process), Driver("later", dependencies=(requires("web"),), process=wait))
    assert report.ok


def test_no_descriptor_is_left_open() -> None:
    before = open_descriptors()
    for script in ("echo >&3; exec sleep 1000", "exec 3>&-; exec sleep 1000", "exit 1"):
        start(shell(script))
    start(Process(("/nonesuch",), "fd:3"))
    assert open_descriptors() == before


@pytest.mark.parametrize("cwd", [None, "/"])
def test_a_program_inherits_that_descriptor_and_no_other(cwd: str | None) -> None:
    reader, writer = os.pipe()
    number = 20 + max(map(int, open_descriptors()))
    found: list[set[str]] = []
    try:
        for inherited in ((writer, number), None):
            spawned = spawn(("ls", "/proc/self/fd"), SpawnOptions(os.environ, cwd, None, inherited), writer)
            assert spawned.reap() == 0
            found.append(set(os.read(reader, 1000).decode().split()))
    finally:
        os.close(reader)
        os.close(writer)
    assert found[0] - found[1] == {str(number)}
