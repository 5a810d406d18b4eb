"""``stop_command`` and ``reload_command`` of a process, and ``restart = "always"``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import Events, run, until
from tierdeps import Driver, Policy, RunError
from tierdeps.model import Process, State

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps import Executor
    from tierdeps.executor import ActionResult
    from tierdeps.model import Report

#: Ends by SIGHUP alone, and says that it reloaded by SIGUSR1.
STUBBORN = "trap '' TERM; trap 'exit 0' HUP; trap 'echo again >> told' USR1; echo up; while :; do sleep 0.02; done"


def shell(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script)


def process(**commands: tuple[str, ...]) -> Process:
    return Process(shell(STUBBORN), "log:up", **commands)  # type: ignore[arg-type]  # by key


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_stop_command_stops_it_and_no_signal_is_needed(tmp_path: Path) -> None:
    stop = shell("echo $MAINPID $0 > asked; kill -HUP $MAINPID")
    report = run(Driver("web", process=process(stop_command=stop)))
    assert report.ok
    assert (tmp_path / "asked").read_text().split()[0].isdigit()


def test_what_the_stop_command_leaves_running_gets_the_signal() -> None:
    gentle = Process(shell("echo up; exec sleep 1000"), "log:up", stop_command=("true",))
    policy = Policy(stop_timeout=1.0)
    assert run(Driver("web", process=gentle, policy=policy)).ok


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (shell("echo oops; exit 3"), "stop_command exited with code 3; last output: oops"),
        (("no-such-program",), "stop_command cannot be run: the program 'no-such-program' is not on the PATH"),
        (("sleep", "1000"), "stop_command did not end within "),
    ],
)
def test_a_stop_command_that_fails_is_named_and_the_process_is_stopped_all_the_same(
    command: tuple[str, ...], says: str
) -> None:
    gentle = Process(shell("echo up; exec sleep 1000"), "log:up", stop_command=command)
    report = run(Driver("web", process=gentle, policy=Policy(stop_timeout=1.0)))
    assert says in report["web"].stop_error
    assert report["web"].stop_error.endswith("the process was stopped by SIGTERM")


def reloaded(declared: Process) -> tuple[ActionResult, Report]:
    found: list[ActionResult] = []

    async def reload(executor: Executor) -> None:
        found.append(await executor.reload_drivers("web"))

    report = run(Driver("web", process=declared), Driver("other"), then=reload)
    return found[0], report


def test_the_reload_command_is_run_for_a_driver_that_is_to_reload(tmp_path: Path) -> None:
    command = shell("kill -USR1 $MAINPID; while ! test -e told; do sleep 0.02; done")
    result, report = reloaded(process(reload_command=command, stop_command=shell("kill -HUP $MAINPID")))
    assert result.ok
    assert result.plan.to_reload == ("web",)
    assert (tmp_path / "told").read_text() == "again\n"
    assert report.ok


def test_a_reload_command_that_fails_is_said_and_the_driver_goes_on() -> None:
    gentle = Process(shell("echo up; exec sleep 1000"), "log:up", reload_command=shell("echo bad file; exit 1"))
    result, report = reloaded(gentle)
    assert not result.ok
    assert result.problem == "web: reload: reload_command exited with code 1; last output: bad file"
    assert result.report["web"].state is State.READY
    assert report.ok


def test_a_process_without_a_reload_command_cannot_reload() -> None:
    with pytest.raises(RunError, match="web has no reload_command, so it cannot reload; declare one, or restart it"):
        reloaded(Process(shell("echo up; exec sleep 1000"), "log:up"))


def test_a_process_that_ends_well_is_started_again_where_it_is_always_to_be(tmp_path: Path) -> None:
    counts = "echo x >> starts; echo up; test $(wc -l < starts) -gt 1 && exec sleep 1000; sleep 1"

    async def wait(executor: Executor) -> None:
        await until(lambda: "ready again" in events.reasons)
        assert executor.report()["web"].state is State.READY

    events = Events()
    declared = Process(shell(counts), "log:up", restart="always", restart_backoff=0)
    assert run(Driver("web", process=declared), then=wait, reporters=[events]).ok
    assert len((tmp_path / "starts").read_text().split()) == 2


def test_the_limit_holds_for_a_process_that_always_ends_at_once(tmp_path: Path) -> None:
    async def wait(executor: Executor) -> None:
        await until(lambda: executor.report()["web"].start_state is State.FAILED)

    declared = Process(shell("sleep 0.3"), settle=0.0, restart="always", restart_backoff=0, restart_limit=2)
    report = run(Driver("web", process=declared), then=wait)
    assert "(restarted 2 times)" in report["web"].reason
