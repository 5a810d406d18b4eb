"""Daemons that leave the command that starts them: each is the driver's process, is watched, and is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import PYTHON, Events, run, until
from tierdeps import DeclarationError, Driver, Policy
from tierdeps.model import OnFailure, Process, State
from tierdeps.processes.proc import read_process

if TYPE_CHECKING:
    from pathlib import Path

    from tests.processes.conftest import Trace
    from tierdeps import Executor

#: Forks twice, as daemons do; the pid file comes first, or a moment after the command has ended.
DAEMON = """
import os, sys, time, signal
if os.fork(): sys.exit({code})
os.setsid()
if os.fork(): os._exit(0)
time.sleep({late})
open("{file}", "w").write(str(os.getpid()))
print("daemon", flush=True)
while True: time.sleep(0.05)
"""


def daemon(file: Path, *, code: int = 0, late: float = 0.0, **options: object) -> Process:
    script = DAEMON.format(file=file, code=code, late=late)
    return Process((*PYTHON, script), type="forking", pid_file=str(file), **options)  # type: ignore[arg-type]  # by key


def pid_in(file: Path) -> int:
    return int(file.read_text())


@pytest.mark.parametrize("late", [0.0, 0.2])
def test_the_daemon_is_the_process_of_the_driver_and_a_stop_stops_it(tmp_path: Path, late: float) -> None:
    file, seen = tmp_path / "pid", list[int]()

    async def look(executor: Executor) -> None:
        pid = pid_in(file)
        info = read_process(pid)
        assert info is not None
        assert info.pid != info.session, "it leads no session"
        seen.append(pid)

    report = run(Driver("web", process=daemon(file, late=late)), then=look)
    assert report.ok, report
    assert read_process(seen[0]) is None


def test_its_death_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "pid"

    async def kill(executor: Executor) -> None:
        os.kill(pid_in(file), signal.SIGKILL)
        await until(lambda: executor.report()["web"].start_state is State.FAILED)

    report = run(Driver("web", process=daemon(file)), then=kill)
    assert report["web"].reason.startswith("the process ended, with an exit code that only its own parent knows")


def test_it_is_restarted_where_that_is_declared(tmp_path: Path) -> None:
    file = tmp_path / "pid"

    async def kill(executor: Executor) -> None:
        before = pid_in(file)
        os.kill(before, signal.SIGKILL)
        await until(lambda: "ready again" in events.reasons)
        assert executor.report()["web"].state is State.READY
        assert pid_in(file) != before

    events = Events()
    declared = daemon(file, restart="on-failure", restart_backoff=0)
    assert run(Driver("web", process=declared), then=kill, reporters=[events]).ok


def test_a_probe_and_a_line_of_its_output_make_it_ready(tmp_path: Path) -> None:
    assert run(Driver("web", process=daemon(tmp_path / "pid", ready="log:daemon"))).ok


def test_a_command_that_fails_fails_the_driver_and_its_daemon_is_stopped(tmp_path: Path, trace: Trace) -> None:
    report = run(Driver("web", process=daemon(tmp_path / "pid", code=3)))
    assert report["web"].reason.startswith("the process exited with code 3")
    assert trace.nothing_is_left()


@pytest.mark.parametrize("written", ["", "words", "PID", "1", "99999999"])
def test_a_pid_file_that_names_no_process_of_the_driver_fails_it(
    tmp_path: Path, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tierdeps.processes.daemon.PID_FILE_TIMEOUT_S", 0.1)
    file = tmp_path / "pid"
    written = written.replace("PID", str(os.getpid()))  # of another process: the tests' own
    script = f"printf '%s' '{written}' > {file}"
    reason = run(Driver("web", process=Process(("sh", "-c", script), type="forking", pid_file=str(file))))["web"].reason
    what = "names process" if written.isdigit() else "has no process ID"
    assert reason.startswith(f"the command ended, and its pid file {file} {what}")


def test_a_failure_of_it_isolates_the_driver_as_any_other(tmp_path: Path) -> None:
    policy = Policy(on_failure=OnFailure.ISOLATE)
    script = Process(("false",), type="forking", pid_file=str(tmp_path / "pid"))
    report = run(Driver("web", process=script, policy=policy), Driver("other"))
    assert [report[name].state for name in ("web", "other")] == [State.FAILED, State.READY]


def test_the_guard_stops_it_with_its_signal_where_the_run_is_killed(tmp_path: Path, trace: Trace) -> None:
    file, told = tmp_path / "pid", tmp_path / "told"
    caught = f'signal.signal(signal.SIGINT, lambda *_: (open("{told}", "w").write("INT"), os._exit(0)))\nwhile True'
    script = tmp_path / "daemon.py"
    script.write_text(DAEMON.format(file=file, code=0, late=0).replace("while True", caught))
    (tmp_path / "graph.toml").write_text(
        f'[drivers.web]\ncommand = ["{sys.executable}", "{script}"]\ntype = "forking"\npid_file = "{file}"\n'
        'ready = "log:daemon"\nstop_signal = "SIGINT"\n'
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "tierdeps", "start", "graph.toml"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert any("all drivers are ready" in line for line in process.stdout)
    process.kill()
    process.communicate()
    assert trace.nothing_is_left()
    assert told.read_text() == "INT"


def test_one_that_was_left_running_is_stopped_by_its_signal(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    text = f'[drivers.web]\ncommand = ["{sys.executable}", "daemon.py"]\ntype = "forking"\npid_file = "{file}"\n'
    (tmp_path / "daemon.py").write_text(DAEMON.format(file=file, code=0, late=0))
    (tmp_path / "graph.toml").write_text(text)
    for words in (["start", "--leave-running", "graph.toml"], ["stop", "--left", "graph.toml"]):
        command = [sys.executable, "-m", "tierdeps", *words]
        subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=20, check=True)
    assert read_process(pid_in(file)) is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"type": "oneshot"}, '"simple" or "forking"'),
        ({"type": "forking"}, 'the path of a file beside type = "forking"'),
        ({"pid_file": "a"}, 'none, unless type = "forking" is beside it'),
        ({"type": "forking", "pid_file": "a", "ready": "notify"}, 'beside type = "forking"'),
        ({"type": "forking", "pid_file": "a", "ready": "fd:3"}, 'beside type = "forking"'),
        ({"stop_command": "kill it"}, "stop_command of a process: expected a tuple of text"),
        ({"reload_command": [""]}, "reload_command of a process: expected a program to run"),
        ({"restart": "sometimes"}, '"no", "on-failure" or "always"'),
    ],
)
def test_what_does_not_fit_together_is_refused(options: dict[str, str], says: str) -> None:
    with pytest.raises(DeclarationError) as error:
        Process(("true",), **options)  # type: ignore[arg-type]  # wrong on purpose
    assert says in str(error.value)
