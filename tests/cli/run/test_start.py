"""``tierdeps start``, as a process: what it prints, what it exits with, what signals do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GRAPH = """
[tiers]
order = ["core", "hypervisor"]
[drivers.secret]
tier = "core"
lifecycle = "deeds:Quick"
[drivers.storage]
tier = "core"
requires = ["secret"]
lifecycle = "deeds:{storage}"
[drivers.qemu]
tier = "hypervisor"
requires = ["storage"]
lifecycle = "deeds:Quick"
"""
DEEDS = """
import asyncio, signal, threading, time
from tierdeps import Lifecycle

class Quick(Lifecycle):
    async def start(self, context): pass

class Fails(Lifecycle):
    def start(self, context): raise OSError("no pool")

class Slow(Lifecycle):
    async def start(self, context): await asyncio.sleep(600)

class Stuck(Lifecycle):
    def start(self, context):
        print("deep in it", flush=True)
        time.sleep(600)

class Signalled(Lifecycle):
    def start(self, context):
        time.sleep(0.3)  # until the main thread waits for events
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        time.sleep(600)

class Stubborn(Lifecycle):
    async def start(self, context): pass
    def stop(self, context): time.sleep(600)
"""


class Program:
    """The command, with a graph of three drivers."""

    def __init__(self, folder: Path, storage: str = "Quick") -> None:
        self.folder = folder
        (folder / "deeds.py").write_text(DEEDS)
        (folder / "graph.toml").write_text(GRAPH.format(storage=storage))

    def begin(self, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tierdeps", "start", "graph.toml", *options],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *options: str) -> tuple[int, str, str]:
        process = self.begin(*options)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


def read_until(process: subprocess.Popen[str], text: str, *, aside: bool = False) -> None:
    stream = process.stderr if aside else process.stdout
    assert stream is not None
    for line in stream:
        if text in line:
            return
    raise AssertionError(f"{text!r} never came")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def words(out: str) -> list[str]:
    """Take the lines without their times."""
    return [line[8:].strip() for line in out.splitlines() if line[:8].strip().replace(".", "").isdigit()]


def test_once_starts_reports_and_stops(program: Program) -> None:
    code, out, err = program.run("--once")
    assert (code, err) == (0, "")
    assert words(out) == [
        "tier core",
        "secret starting",
        "secret ready",
        "storage starting",
        "storage ready",
        "tier hypervisor",
        "qemu starting",
        "qemu ready",
        "all drivers are ready",
        "qemu stopping",
        "qemu stopped",
        "storage stopping",
        "storage stopped",
        "secret stopping",
        "secret stopped",
    ]
    assert "started and stopped 3 of 3 drivers" in out


def test_a_failure_exits_4_and_names_the_root_cause_first(tmp_path: Path) -> None:
    code, out, _ = Program(tmp_path, "Fails").run("--once")
    assert code == 4
    report = [line for line in out.splitlines() if line[:1].isalpha() or line.startswith("  blocked")]
    assert report[0] == "failed: storage: OSError: no pool"
    assert report[1] == "  blocked by it: qemu"
    assert report[2] == "stopped: storage, secret"


def test_json_is_an_event_a_line_and_the_report_last(tmp_path: Path) -> None:
    code, out, _ = Program(tmp_path, "Fails").run("--once", "--format", "json")
    documents = [json.loads(line) for line in out.splitlines()]
    assert code == 4
    assert documents[-1]["schema"] == "tierdeps/report/1"
    assert documents[-1]["root_causes"] == ["storage"]
    keys = {"schema", "at", "time", "driver", "state", "phase", "mark", "reason"}
    assert all(set(event) == keys for event in documents[:-1])


def test_a_dry_run_imports_no_lifecycle(program: Program) -> None:
    (program.folder / "deeds.py").write_text("raise SystemExit(1)")
    code, out, _ = program.run("--dry-run")
    assert code == 0
    assert out.splitlines() == [
        "would start secret:start",
        "would start storage:start",
        "would start qemu:start",
        "3 steps of 3 drivers; nothing was done",
    ]


def test_a_target_starts_with_what_it_needs(program: Program) -> None:
    code, out, _ = program.run("--dry-run", "--target", "storage")
    assert code == 0
    assert "qemu" not in out
    code, _, err = program.run("--target", "storrage")
    assert code == 2
    assert "did you mean 'storage'" in err


@pytest.mark.parametrize("policy", ["isolate", "ignore"])
def test_policies_decide_what_a_failure_does(tmp_path: Path, policy: str) -> None:
    code, out, _ = Program(tmp_path, "Fails").run("--once", "--on-failure", policy)
    assert code == (4 if policy == "isolate" else 0)
    assert ("qemu ready" in out) == (policy == "ignore")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stays_until_a_signal_and_then_stops_in_reverse_order(
    program: Program, processes: list[subprocess.Popen[str]], number: signal.Signals
) -> None:
    process = program.begin()
    processes.append(process)
    read_until(process, "all drivers are ready")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "stopping; to stop faster, interrupt again" in err
    assert words(out)[0] == "qemu stopping"


@pytest.mark.parametrize("kind", ["Slow", "Stuck"])
def test_a_signal_during_the_start_exits_130(tmp_path: Path, processes: list[subprocess.Popen[str]], kind: str) -> None:
    process = Program(tmp_path, kind).begin("--stop-timeout", "0.2")
    processes.append(process)
    if kind == "Stuck":
        read_until(process, "deep in it", aside=True)
    else:
        read_until(process, "storage starting")
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "cancelled: storage: start was cancelled by the stop" in out
    assert ("left behind: storage:start" in out) == (kind == "Stuck")


def test_a_signal_that_another_thread_receives_stops_at_once(
    tmp_path: Path, processes: list[subprocess.Popen[str]]
) -> None:
    process = Program(tmp_path, "Signalled").begin("--stop-timeout", "0.2")
    processes.append(process)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "left behind: storage:start" in out


def test_a_second_signal_stops_faster_with_a_message(tmp_path: Path, processes: list[subprocess.Popen[str]]) -> None:
    process = Program(tmp_path, "Stubborn").begin()
    processes.append(process)
    read_until(process, "all drivers are ready")
    process.send_signal(signal.SIGINT)
    read_until(process, "storage stopping")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 4
    assert "stopping faster" in err
    assert "stop failed: storage: storage:stop did not end within 1 s" in out
    assert "stopped: qemu, secret" in out


def test_leave_running_stops_nothing(program: Program) -> None:
    code, out, _ = program.run("--leave-running")
    assert code == 0
    assert "stop" not in out


def test_once_and_leave_running_contradict_each_other(program: Program) -> None:
    code, _, err = program.run("--once", "--leave-running")
    assert code == 2
    assert "choose one of them" in err


@pytest.mark.parametrize("option", ["--timeout", "--stop-timeout", "--deadline", "--jobs"])
def test_limits_are_above_zero(program: Program, option: str) -> None:
    code, _, err = program.run("--once", option, "0")
    assert code == 2
    assert option in err


def test_nothing_is_started_if_the_graph_has_errors(program: Program) -> None:
    (program.folder / "graph.toml").write_text('[drivers.a]\nrequires = ["b"]\n')
    code, out, err = program.run("--once")
    assert (code, out) == (1, "")
    assert "TD103" in err


def locked(program: Program) -> None:
    """Write the lock file."""
    command = [sys.executable, "-m", "tierdeps", "lock", "-q", "graph.toml"]
    subprocess.run(command, cwd=program.folder, check=True)


def test_the_locked_plan_is_run_without_networkx(program: Program) -> None:
    locked(program)
    (program.folder / "networkx.py").write_text("raise SystemExit('networkx was imported')")
    code, out, err = program.run("--once", "--locked")
    assert (code, err) == (0, "")
    assert "started and stopped 3 of 3 drivers" in out


def test_a_lock_that_no_longer_holds_is_refused(program: Program) -> None:
    locked(program)
    with (program.folder / "graph.toml").open("a") as file:
        file.write("[drivers.new]\n")
    code, out, err = program.run("--once", "--locked")
    assert (code, out) == (1, "")
    assert "tierdeps.lock: " in err
    assert "new" in err


def test_longest_paths_go_first_by_the_durations_of_earlier_runs(tmp_path: Path) -> None:
    program = Program(tmp_path)
    with (program.folder / "deeds.py").open("a") as file:
        file.write("class Long(Lifecycle):\n    async def start(self, context): await asyncio.sleep(0.2)\n")
    drivers = "".join(
        f'[drivers.{name}]\nlifecycle = "deeds:{kind}"\n' for name, kind in (("a", "Quick"), ("z", "Long"))
    )
    (program.folder / "graph.toml").write_text(drivers)
    assert words(program.run("--once", "--jobs", "1")[1])[0] == "a starting"
    assert words(program.run("--once", "--jobs", "1")[1])[0] == "z starting"


def test_closing_the_terminal_stops_the_run(program: Program) -> None:
    (program.folder / "deeds.py").write_text(
        DEEDS.replace(
            "class Quick(Lifecycle):",
            "class Quick(Lifecycle):\n    def stop(self, context): self.note(context)\n"
            "    def note(self, context): open('stops', 'a').write(context.driver + ' ')",
        )
    )
    pid, terminal = os.forkpty()
    if pid == 0:
        os.chdir(program.folder)
        os.environ["PYTHONPATH"] = "."
        os.execv(sys.executable, [sys.executable, "-m", "tierdeps", "start", "-v", "graph.toml"])  # noqa: S606
    said = b""
    while b"all drivers are ready" not in said:
        said += os.read(terminal, 4096)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert (program.folder / "stops").read_text().split() == ["qemu", "storage", "secret"]
