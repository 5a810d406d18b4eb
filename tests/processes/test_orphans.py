"""Processes that killed runs left, found without the journal and the records."""

from __future__ import annotations

import asyncio
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import run
from tierdeps import DependencyGraph, Driver, Executor
from tierdeps.engines import local
from tierdeps.model import Process
from tierdeps.processes.orphans import LEFT_RUN_PREFIX, orphaned_drivers
from tierdeps.processes.proc import DRIVER, INSTANCE, RUN
from tierdeps.processes.registry import open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.model import Report


@pytest.fixture(name="folder")
def _folder() -> str:
    with open_folder("g.toml") as opened:
        return str(opened.path)


class Orphans:
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.started: list[subprocess.Popen[bytes]] = []

    def leave(self, driver: str, of: str = "0123") -> subprocess.Popen[bytes]:
        """Start what a killed run may have left of a driver."""
        environment = {DRIVER: driver, RUN: of, INSTANCE: self._folder}
        command = ["/bin/sh", "-c", "echo up; exec /bin/sleep 1000"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, start_new_session=True)
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        self.started.append(process)
        return process


@pytest.fixture(name="leftovers")
def _leftovers(folder: str) -> Iterator[Orphans]:
    leftovers = Orphans(folder)
    yield leftovers
    for process in leftovers.started:
        process.kill()
        process.communicate()


def start(*names: str) -> Report:
    """Start and stop an instance whose last run, as far as anything was recorded, completed."""
    drivers = [Driver(name, process=Process(("sleep", "1000"), settle=0)) for name in names]

    async def main() -> Report:
        executor = Executor(DependencyGraph(drivers).collapse(), engine=local.local_engine("g.toml"))
        await executor.start()
        return await executor.stop()

    return asyncio.run(main())


def test_orphans_are_found_by_their_tags_except_for_what_was_left_on_purpose(folder: str, leftovers: Orphans) -> None:
    leftovers.leave("web")
    leftovers.leave("db", f"{LEFT_RUN_PREFIX}0123")
    assert orphaned_drivers(folder) == {"web"}
    assert orphaned_drivers(f"{folder}1") == frozenset()


@pytest.mark.parametrize("planned", ["web", "db"])
def test_it_is_ended_before_anything_starts_whether_it_is_still_in_the_plan_or_not(
    leftovers: Orphans, planned: str
) -> None:
    left = leftovers.leave("web")
    report = start(planned)
    assert report.ok
    assert left.wait(20) == -15


def test_what_was_left_on_purpose_goes_on(leftovers: Orphans) -> None:
    left = leftovers.leave("web", f"{LEFT_RUN_PREFIX}0123")
    assert start("db").ok
    assert left.poll() is None


def test_a_run_without_an_instance_ends_nothing(leftovers: Orphans) -> None:
    left = leftovers.leave("web")
    assert run(Driver("web", process=Process(("sleep", "1000"), settle=0))).ok
    assert left.poll() is None
