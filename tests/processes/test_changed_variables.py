"""A reload restarts processes whose env files have other values, in whichever key the values are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import run
from tierdeps import DependencyGraph, Driver, requires
from tierdeps._util.frozen import replace
from tierdeps.model import Alive, Process

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps import Executor
    from tierdeps.executor import ReloadResult

SLEEP = ("sleep", "1000")


def reload_after(file: Path, text: str | None, *drivers: Driver) -> ReloadResult:
    """Start drivers, write a file, and reload the same graph."""
    results = []

    async def then(executor: Executor) -> None:
        if text is not None:
            file.write_text(text)  # noqa: ASYNC240  nothing else is to run meanwhile
        results.append(await executor.reload(DependencyGraph(drivers).collapse()))

    run(*drivers, then=then)
    return results[0]


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    file = tmp_path / "a.env"
    file.write_text(f"V=1000\nFOLDER={tmp_path}\n")
    return file


@pytest.mark.parametrize("optional", ["", "-"])
def test_a_changed_env_file_restarts_the_process_and_what_requires_it(env_file: Path, optional: str) -> None:
    process = Process(("sh", "-c", "echo V=$V; exec sleep 1000"), "log:^V=", env_file=(f"{optional}{env_file}",))
    drivers = (
        Driver("a", process=process),
        Driver("b", process=Process(SLEEP), dependencies=(requires("a"),)),
        Driver("c", process=Process(SLEEP)),
    )
    result = reload_after(env_file, "V=2000\n", *drivers)
    assert result.ok
    assert result.reload.restarted == ("a", "b")
    assert result.reload.untouched == ("c",)


@pytest.mark.parametrize(
    "process",
    [
        Process(("sleep", "${V}"), substitute=True),
        Process(SLEEP, env=(("X", "x${V}"),), substitute=True),
        Process(SLEEP, cwd="${FOLDER}", substitute=True),
        Process(("sh", "-c", "echo 1000 2000; exec sleep 1000"), "log:${V}", substitute=True),
        Process(SLEEP, alive=Alive("exec:test ${V} -gt 0"), substitute=True),
        Process(SLEEP, stop_command=("sh", "-c", 'kill "$$MAINPID" # ${V}'), substitute=True),
        Process(SLEEP, reload_command=("test", "${V}"), substitute=True),
    ],
    ids=["command", "env", "cwd", "ready", "alive", "stop_command", "reload_command"],
)
def test_a_variable_counts_in_every_key(env_file: Path, process: Process) -> None:
    driver = Driver("a", process=replace(process, env_file=(str(env_file),)))
    assert reload_after(env_file, None, driver).reload.untouched == ("a",)
    (env_file.parent / "b").mkdir()
    assert reload_after(env_file, f"V=2000\nFOLDER={env_file.parent}/b\n", driver).reload.restarted == ("a",)


def test_an_optional_env_file_that_appears_later_counts(tmp_path: Path) -> None:
    file = tmp_path / "later.env"
    driver = Driver("a", process=Process(SLEEP, env_file=(f"-{file}",)))
    assert reload_after(file, "V=1\n", driver).reload.restarted == ("a",)


@pytest.mark.parametrize("text", ["# a comment\nV=1000\n", "V = broken\nnot a variable\n"])
def test_a_process_goes_on_where_nothing_changed_for_it_or_it_could_not_be_started(env_file: Path, text: str) -> None:
    env_file.write_text("V=1000\n")
    driver = Driver("a", process=Process(SLEEP, env_file=(str(env_file),)))
    result = reload_after(env_file, text, driver)
    assert result.reload.untouched == ("a",)
    assert result.report["a"].reason == ""
