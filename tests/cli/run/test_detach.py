"""``tierdeps start --detach``, as processes: an instance that runs in the background."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, read_until
from tierdeps.journal.schema import FORMAT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.hosts import Host

DEEDS = """
import os, subprocess, sys, time
from tierdeps import Lifecycle

class Deed(Lifecycle):
    def start(self, context): self.note("start", context)
    def reload(self, context): self.note("reload", context)
    def stop(self, context): self.note("stop", context)
    def note(self, what, context):
        with open("deeds", "a") as file:
            file.write(f"{what} {context.driver}\\n")

class Fails(Deed):
    def start(self, context): raise OSError("no pool")

class Chatty(Deed):
    def start(self, context):
        print("from the start", flush=True)
        self.child = subprocess.Popen(["sleep", "600"])
    def stop(self, context):
        print("from the stop", flush=True)
        self.child.kill()
        self.child.wait()

class Slow(Deed):
    async def start(self, context):
        import asyncio
        await asyncio.sleep(600)

class Dies(Deed):
    def start(self, context): os.kill(os.getpid(), 9)
"""


def deeds(host: Host, **classes: str) -> None:
    """Write a graph of lifecycles, each of which requires the one before."""
    (host.folder / "deeds.py").write_text(DEEDS)
    before, text = "", ""
    for driver, kind in classes.items():
        text += f'[drivers.{driver}]\nlifecycle = "deeds:{kind}"\nrequires = [{before}]\n'
        before = f'"{driver}"'
    (host.folder / "graph.toml").write_text(text)


def done(host: Host) -> list[str]:
    path = host.folder / "deeds"
    return path.read_text().splitlines() if path.exists() else []


def test_an_instance_of_processes_lives_on_until_it_is_stopped(host: Host) -> None:
    host.graph({"web": ("db",), "db": ()})
    answer = host.ask("start", "graph.toml", "--detach")
    assert answer.code == 0
    assert answer.out.splitlines()[-1].startswith("started 2 of 2 drivers")
    (run,) = host.alive()
    assert run.info.mode == "detached"
    assert f"in the background, as process {run.info.pid}" in answer.err
    assert "stop it with: tierdeps stop graph.toml" in answer.err
    assert {driver: len(pids) for driver, pids in host.running().items()} == {"db": 1, "web": 1}
    assert os.getsid(run.info.pid) == run.info.pid
    assert host.ask("stop").code == 0
    assert host.running() == {}
    assert host.alive() == ()


def test_an_instance_of_lifecycles_lives_on_until_it_is_stopped(host: Host) -> None:
    deeds(host, a="Deed", b="Deed")
    assert host.ask("start", "graph.toml", "--detach").code == 0
    assert done(host) == ["start a", "start b"]
    assert host.ask("stop", "graph.toml").code == 0
    assert done(host) == ["start a", "start b", "stop b", "stop a"]


def test_output_goes_to_the_caller_during_the_start_and_to_the_log_afterwards(host: Host, state: Path) -> None:
    deeds(host, a="Chatty")
    answer = host.ask("start", "graph.toml", "--detach")  # it ends, though the child of a driver runs on
    assert "from the start" in answer.err
    (log,) = (state / "tierdeps" / "log").iterdir()
    assert str(log) in answer.err
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "from the start" not in log.read_text()
    host.ask("stop")
    assert "from the stop" in log.read_text()


def test_a_start_that_fails_exits_as_it_does_in_the_foreground(host: Host) -> None:
    deeds(host, a="Deed", b="Fails")
    answer = host.ask("start", "graph.toml", "--detach")
    assert answer.code == 4
    assert "failed: b: OSError: no pool" in answer.out
    assert done(host) == ["start a", "stop b", "stop a"]
    assert host.alive() == ()


def test_a_graph_with_errors_exits_1_with_its_findings(host: Host) -> None:
    (host.folder / "graph.toml").write_text('[drivers.a]\nrequires = ["b"]\n')
    answer = host.ask("start", "graph.toml", "--detach")
    assert (answer.code, answer.out) == (1, "")
    assert "TD103" in answer.err


def test_the_last_line_of_json_is_the_report_of_the_start(host: Host) -> None:
    host.graph({"a": ()})
    answer = host.ask("start", "graph.toml", "--detach", "--format", "json")
    report = json.loads(answer.out.splitlines()[-1])
    assert (report["schema"], report["ok"]) == ("tierdeps/report/1", True)


def test_a_signal_to_the_waiting_caller_stops_the_start(host: Host) -> None:
    deeds(host, a="Slow")
    process = host.begin("start", "graph.toml", "--detach")
    read_until(process, "a starting")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
    assert "cancelled: a" in out
    assert host.alive() == ()


def test_an_instance_that_dies_during_its_start_is_reported(host: Host) -> None:
    deeds(host, a="Dies")
    answer = host.ask("start", "graph.toml", "--detach")
    assert answer.code == 4
    assert "ended by SIGKILL before it finished; its log is " in answer.err


def test_a_graph_may_come_from_the_standard_input(host: Host) -> None:
    host.graph({"a": ()})
    answer = host.ask("start", "-", "--detach", given=(host.folder / "graph.toml").read_text())
    assert answer.code == 0
    assert list(host.running()) == ["a"]
    answer = host.ask("reload", "-")
    assert (answer.code, answer.out) == (2, "")
    assert "standard input cannot be read again" in answer.err
    assert host.ask("stop", "-").code == 0


@pytest.mark.parametrize("other", ["--once", "--leave-running"])
def test_contradicting_modes_are_refused(host: Host, other: str) -> None:
    answer = host.ask("start", "--detach", other)
    assert answer.code == 2
    assert f"{other} and --detach cannot be combined" in answer.err


def test_another_program_of_the_same_shape_is_another_plan(host: Host) -> None:
    host.graph({"db": ()})
    host.graph({"db": ()}, "other.toml", db=1)
    assert host.ask("start", "--detach", "graph.toml").code == 0
    assert host.ask("start", "--once", "other.toml").code == 0


def test_nothing_is_started_in_the_background_that_cannot_be_recorded(host: Host, state: Path) -> None:
    host.graph({"db": ()})
    (state / "tierdeps").mkdir(parents=True)
    with closing(sqlite3.connect(state / "tierdeps/journal.sqlite")) as later:  # which is left as it is
        later.execute(f"PRAGMA user_version={FORMAT + 1}")
    answer = host.ask("start", "--detach", "graph.toml")
    assert answer.code == 4
    assert "tierdeps needs it to find what runs in the background, so nothing was started" in answer.err
    assert host.ask("start", "--once", "graph.toml").code == 0
    (state / "tierdeps/journal.sqlite").unlink()


def test_a_second_start_is_refused_with_name_and_process_id(host: Host) -> None:
    host.graph({"a": ()})
    host.ask("start", "graph.toml", "--detach")
    (run,) = host.alive()
    before = host.running()
    for arguments in (("--detach",), ("--once",), ()):
        answer = host.ask("start", "graph.toml", *arguments)
        assert (answer.code, answer.out) == (4, "")
        assert f"graph.toml is already running, as process {run.info.pid}" in answer.err
        assert "tierdeps status" in answer.err
        assert "tierdeps stop" in answer.err
    assert host.running() == before


def test_of_concurrent_starts_one_succeeds(host: Host) -> None:
    host.graph({"a": (), "b": ("a",)})
    starts = [host.begin("start", "graph.toml", "--detach") for _ in range(4)]
    for process in starts:
        process.communicate(timeout=TIMEOUT_S)
    assert sorted(process.returncode for process in starts) == [0, 4, 4, 4]
    assert {driver: len(pids) for driver, pids in host.running().items()} == {"a": 1, "b": 1}


def test_instances_of_other_graphs_run_side_by_side(host: Host) -> None:
    host.graph({"a": ()})
    host.graph({"b": ()}, name="other.toml")
    assert host.ask("start", "graph.toml", "--detach").code == 0
    assert host.ask("start", "other.toml", "--detach").code == 0
    assert set(host.running()) == {"a", "b"}
    answer = host.ask("stop")
    assert answer.code == 2
    assert "several instances are running; name the GRAPHs of one of them: other.toml (process " in answer.err
    assert host.ask("stop", "graph.toml").code == 0
    assert set(host.running()) == {"b"}


def test_an_unwritable_journal_is_a_note_in_the_foreground(host: Host, state: Path) -> None:
    host.graph({"a": ()})
    state.mkdir()
    (state / "tierdeps").write_text("in the way")
    answer = host.ask("start", "graph.toml", "--once")
    assert answer.code == 0
    assert "note: this run is not recorded: the journal " in answer.err
    assert answer.err.count("\n") == 2
    assert "only signals stop it" in answer.err
    (state / "tierdeps").unlink()
