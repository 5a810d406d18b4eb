"""What ``start --leave-running`` left: what ``status`` knows of it, and ``stop --left`` stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, wait_for
from tests.test_schemas import VALIDATORS
from tierdeps._util.process_id import boot_id
from tierdeps.journal import instance_of
from tierdeps.processes.proc import read_process
from tierdeps.processes.registry import RECORDS_FILE, ProcessRecord, open_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.hosts import Host

LIVES = """
from tierdeps import Lifecycle

class Started(Lifecycle):
    def start(self, context): pass

class Found(Lifecycle):
    def adopt(self, context): return True
"""


@pytest.fixture
def left(host: Host) -> Host:
    """Leave two processes running."""
    host.graph({"db": (), "web": ("db",)})
    assert host.ask("start", "graph.toml", "--leave-running").code == 0
    return host


@pytest.fixture
def foreign() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "600"], start_new_session=True)  # noqa: S607
    yield process
    process.kill()
    process.wait()


def end(host: Host, driver: str) -> None:
    (pid,) = host.running()[driver]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: driver not in host.running(), "its end")


def records(host: Host) -> Path:
    with open_folder(instance_of((str(host.folder / "graph.toml"),)).key) as folder:
        return folder.path / RECORDS_FILE


def test_status_shows_what_is_known_and_that_nothing_supervises_it(left: Host) -> None:
    answer = left.ask("status")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0].startswith("graph.toml was left running by a run that ended at ")
    assert lines[0].endswith("; not watched since")
    assert lines[1] == "  2 drivers: last known 2 ready"
    pids = left.running()
    assert lines[3:] == [f"  {name} is still running as process {pids[name][0]}" for name in ("db", "web")]


def test_a_left_process_that_has_ended_is_a_failure_in_status(left: Host) -> None:
    end(left, "web")
    answer = left.ask("status")
    assert answer.code == 4
    assert "web has ended since: process " in answer.out
    assert "db is still running as process " in answer.out


def test_status_json_keeps_to_its_schema(left: Host) -> None:
    end(left, "web")
    document = json.loads(left.ask("status", "--format", "json").out)
    VALIDATORS["status"].validate(document)
    assert [(one["driver"], one["alive"], one["ours"]) for one in document["left"]] == [
        ("web", False, False),
        ("db", True, True),
    ]
    assert document["failed"]


@pytest.mark.parametrize("graphs", [(), ("graph.toml",)])
def test_a_stop_without_left_explains_and_stops_nothing(left: Host, graphs: tuple[str, ...]) -> None:
    before = left.running()
    answer = left.ask("stop", *graphs)
    assert answer.code == 4
    assert "left running: db (process " in answer.err
    assert f"to stop them: tierdeps stop --left {left.folder / 'graph.toml'}" in answer.err
    assert left.running() == before


@pytest.mark.parametrize("graphs", [(), ("graph.toml",)])
def test_stop_left_stops_in_reverse_and_prints_each_process(left: Host, graphs: tuple[str, ...]) -> None:
    pids = left.running()
    answer = left.ask("stop", "--left", *graphs)
    assert answer.code == 0, answer.err
    told = answer.out.splitlines()
    assert [line[8:].strip() for line in told[:4]] == ["web stopping", "web stopped", "db stopping", "db stopped"]
    assert told[-1] == (f"stopped what was left running: web (process {pids['web'][0]}), db (process {pids['db'][0]})")
    assert left.running() == {}


def test_after_stop_left_status_shows_it_and_nothing_is_left(left: Host) -> None:
    left.ask("stop", "--left")
    status = left.ask("status")
    assert status.code == 0
    assert "; stopped since" in status.out
    assert "2 drivers: last known 2 stopped" in status.out
    again = left.ask("stop", "--left")
    assert again.code == 4
    assert again.err == "error: no process is left of an earlier run\n"
    assert left.ask("start", "graph.toml", "--once").code == 0


def test_a_process_that_had_ended_before_is_reported_and_no_failure(left: Host) -> None:
    end(left, "web")
    answer = left.ask("stop", "--left")
    assert answer.code == 0
    assert "web had already ended: process " in answer.out
    assert left.running() == {}


def test_json_has_an_event_a_line_and_the_outcome_last(left: Host) -> None:
    documents = [json.loads(line) for line in left.ask("stop", "--left", "--format", "json").out.splitlines()]
    assert [one["state"] for one in documents[:-1]] == ["stopping", "stopped"] * 2
    VALIDATORS["left"].validate(documents[-1])
    assert [one["driver"] for one in documents[-1]["stopped"]] == ["web", "db"]


def test_of_a_killed_run_the_started_processes_are_stopped(host: Host) -> None:
    """There is no guard to end it, and nothing of it had come up."""
    words = json.dumps(host.command("db"))
    (host.folder / "graph.toml").write_text(f'[drivers.db]\ncommand = {words}\nready = "log:never"\n')
    process = host.begin("start", "graph.toml", "--leave-running")
    wait_for(host.running, "the process")
    process.kill()
    process.communicate(timeout=TIMEOUT_S)
    assert host.running(), "it runs on, and nobody watches it"
    status = host.ask("status")
    assert status.code == 4
    assert "was killed; last recorded" in status.out
    assert ", and was not ready yet" in status.out
    assert host.ask("stop", "--left").code == 0
    assert host.running() == {}


def test_a_process_that_a_later_run_adopted_is_still_found(left: Host) -> None:
    before = left.running()
    assert left.ask("start", "graph.toml", "--detach").code == 0
    answer = left.ask("stop", "--left", "graph.toml")
    assert answer.code == 4
    assert "is running (process " in answer.err
    assert left.ask("stop", "graph.toml").code == 0
    assert left.running() == before, "what is adopted is never stopped by a run"
    assert "db is still running as process" in left.ask("status").out
    assert left.ask("stop", "--left").code == 0
    assert left.running() == {}


def test_a_process_without_our_environment_tags_is_not_stopped(left: Host, foreign: subprocess.Popen[bytes]) -> None:
    """Its number, its start and the boot are those of the record; it may be anything."""
    seen = read_process(foreign.pid)
    assert seen is not None
    with records(left).open("a") as file:
        file.write(json.dumps(ProcessRecord("alien", foreign.pid, seen.started, True, boot_id())) + "\n")
    assert "alien is still running as process" in left.ask("status").out
    answer = left.ask("stop", "--left")
    assert answer.code == 4
    assert f"not stopped: alien: process {foreign.pid} does not bear the marks of this instance" in answer.out
    assert foreign.poll() is None
    assert left.running() == {}


@pytest.mark.parametrize("wrong", ["start", "boot"])
def test_a_later_process_with_the_same_id_is_not_stopped(
    left: Host, foreign: subprocess.Popen[bytes], wrong: str
) -> None:
    seen = read_process(foreign.pid)
    assert seen is not None
    started, boot = (seen.started - 1, boot_id()) if wrong == "start" else (seen.started, "another")
    with records(left).open("a") as file:
        file.write(json.dumps(ProcessRecord("alien", foreign.pid, started, True, boot)) + "\n")
    answer = left.ask("stop", "--left")
    assert answer.code == 0
    assert f"alien had already ended: process {foreign.pid}" in answer.out
    assert foreign.poll() is None


def test_a_process_gets_its_stop_signal_and_is_killed_after_the_timeout(host: Host) -> None:
    script = "trap 'echo asked > asked' INT; while :; do sleep 0.05; done"
    (host.folder / "graph.toml").write_text(
        f'[drivers.db]\ncommand = ["bash", "-c", {json.dumps(script)}]\nstop_signal = "SIGINT"\n'
    )
    assert host.ask("start", "graph.toml", "--leave-running").code == 0
    (one,) = json.loads(host.ask("status", "--format", "json").out)["left"]
    assert host.ask("stop", "--left", "--fast").code == 0
    assert (host.folder / "asked").exists()
    assert read_process(one["pid"]) is None


def test_a_process_in_a_session_of_its_own_is_stopped_too(host: Host) -> None:
    words = " ".join(host.command("away"))
    (host.folder / "graph.toml").write_text(
        f'[drivers.db]\ncommand = ["bash", "-c", "setsid {words} & exec {" ".join(host.command("db"))}"]\n'
    )
    assert host.ask("start", "graph.toml", "--leave-running").code == 0
    assert set(host.running()) == {"db", "away"}
    assert host.ask("stop", "--left").code == 0
    assert host.running() == {}


def test_drivers_that_are_no_processes_are_named_and_not_stopped(host: Host) -> None:
    (host.folder / "lives.py").write_text(LIVES)
    (host.folder / "graph.toml").write_text(
        '[drivers.started]\nlifecycle = "lives:Started"\n[drivers.found]\nlifecycle = "lives:Found"\n'
    )
    assert host.ask("start", "graph.toml", "--leave-running").code == 0
    status = host.ask("status")
    assert status.code == 0
    assert "2 of them are unknown since" in status.out
    answer = host.ask("stop", "--left", "graph.toml")
    assert answer.code == 4
    assert "started: it is unknown whether they still run: only processes can be found" in answer.err


def test_a_completed_step_is_not_reported_as_ended(host: Host) -> None:
    host.graph({"db": ()})
    with (host.folder / "graph.toml").open("a") as file:
        file.write('[drivers.migrate]\ncommand = ["sleep", "0.2"]\nready = "exit"\n')
    assert host.ask("start", "graph.toml", "--leave-running").code == 0
    status = host.ask("status")
    assert status.code == 0, status.out
    assert "has ended since" not in status.out
    answer = host.ask("stop", "--left")
    assert answer.code == 0
    assert "migrate had already ended: process " in answer.out


def test_several_instances_have_to_be_named(host: Host) -> None:
    host.graph({"a": ()}, "one.toml")
    host.graph({"b": ()}, "two.toml")
    for name in ("one.toml", "two.toml"):
        assert host.ask("start", name, "--leave-running").code == 0
    answer = host.ask("stop", "--left")
    assert answer.code == 2
    assert "several instances left processes running" in answer.err
    assert host.ask("stop", "--left", "one.toml").code == 0
    assert set(host.running()) == {"b"}
    assert host.ask("stop", "--left").code == 0


def test_the_list_of_instances_shows_left_processes(left: Host) -> None:
    assert left.ask("status", "--list").out.splitlines()[1].startswith("graph.toml  left  ")


def test_without_any_run_there_is_nothing_to_stop(host: Host) -> None:
    answer = host.ask("stop", "--left")
    assert (answer.code, answer.err) == (4, "error: no process is left of an earlier run\n")


def test_records_in_a_foreign_file_are_not_trusted(left: Host) -> None:
    path = records(left)
    elsewhere = left.folder / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    before = left.running()
    for command in (("status",), ("stop", "--left")):
        answer = left.ask(*command)
        assert answer.code == 4
        assert "error: processes that were left running cannot be looked up: " in answer.err
        assert "is a symbolic link" in answer.err
    assert left.running() == before


def test_a_start_reports_changed_processes_and_replaces_them_with_replace_changed(host: Host) -> None:
    host.graph({"a": (), "b": ("a",)})
    assert host.ask("start", "graph.toml", "--leave-running").code == 0
    before = host.running()
    host.graph({"a": (), "b": ("a",)}, b=1)
    answer = host.ask("start", "graph.toml", "--leave-running")
    assert answer.code == 0
    assert f"process {before['b'][0]}, which an earlier run left running, is adopted as it is" in answer.err
    assert "the graph has another command for it now" in answer.err
    assert host.running() == before
    answer = host.ask("start", "graph.toml", "--leave-running", "--replace-changed")
    assert answer.code == 0
    after = host.running()
    assert after["a"] == before["a"]
    assert len(after["b"]) == 1
    assert after["b"] != before["b"]
    assert host.ask("stop", "--left").code == 0
    assert host.running() == {}
