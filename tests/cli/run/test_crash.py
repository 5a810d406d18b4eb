"""An instance is killed, and its next start loses nothing and starts nothing twice.

``TIERDEPS_KILLS=50 pytest tests/cli/run/test_crash.py`` kills at fifty moments of a start, and at fifty of a stop.
"""

from __future__ import annotations

import os
import signal
from random import Random
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, read_until, wait_for

if TYPE_CHECKING:
    import subprocess

    from tests.cli.hosts import Host

KILLS = int(os.environ.get("TIERDEPS_KILLS", "2"))
#: Four in a row, five times: each waits for one before it, so that a start has many moments.
NEEDS = {f"d{number}": (f"d{number - 5}",) if number >= 5 else () for number in range(20)}

DEEDS = """
from pathlib import Path
from tierdeps import Lifecycle

class Mount(Lifecycle):
    cleanup_after_crash = True
    def note(self, what):
        with Path("deeds").open("a") as file:
            file.write(what + "\\n")
    def start(self, context): self.note("start"); Path("mounted").mkdir()
    def stop(self, context): self.note("stop"); Path("mounted").rmdir()
    def cleanup(self, context):
        self.note("cleanup")
        if Path("mounted").exists(): Path("mounted").rmdir()

class Server(Lifecycle):
    def adopt(self, context): return Path("serves").exists()
    def start(self, context): Path("serves").mkdir()
"""


class Moments:
    """Random moments of a start and of a stop, which take about as long as the first ones did."""

    def __init__(self, host: Host) -> None:
        self._random = Random(7)  # noqa: S311  no secret
        process = host.begin("start", "graph.toml")
        read_until(process, "d0 starting")
        began_at = monotonic()
        read_until(process, "all drivers are ready")
        self._start = monotonic() - began_at
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT_S)
        self._stop = monotonic() - began_at - self._start

    def of_a_start(self) -> float:
        return self._random.uniform(0, self._start)

    def of_a_stop(self) -> float:
        return self._random.uniform(0, self._stop)


def started(host: Host) -> subprocess.Popen[str]:
    """Start, and see that each driver runs once, whatever was before."""
    process = host.begin("start", "graph.toml")
    read_until(process, "all drivers are ready")
    assert {driver: len(pids) for driver, pids in host.running().items()} == dict.fromkeys(NEEDS, 1)
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=TIMEOUT_S)


def test_after_a_kill_no_process_is_lost_or_started_twice(host: Host) -> None:
    host.graph(NEEDS)
    moments = Moments(host)
    for _ in range(KILLS):
        process = host.begin("start", "graph.toml")
        read_until(process, "d0 starting")
        sleep(moments.of_a_start())
        kill(process)
        process = started(host)
        process.send_signal(signal.SIGTERM)
        read_until(process, "stopping")
        sleep(moments.of_a_stop())
        kill(process)
        process = started(host)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 0
        assert host.running() == {}


def test_the_next_start_reports_which_drivers_had_started(host: Host) -> None:
    host.graph({"a": (), "b": ("a",)})
    host.ask("start", "graph.toml", "--detach")
    (run,) = host.alive()
    os.kill(run.info.pid, signal.SIGKILL)
    wait_for(lambda: not host.alive(), "the end of the instance")
    answer = host.ask("start", "graph.toml", "--detach")
    assert answer.code == 0
    assert "note: the last run was killed while 2 drivers had started: a, b;" in answer.err
    assert {driver: len(pids) for driver, pids in host.running().items()} == {"a": 1, "b": 1}
    assert host.ask("stop").code == 0
    answer = host.ask("start", "graph.toml", "--once")
    assert (answer.code, answer.err) == (0, "")


def test_drivers_with_cleanup_after_crash_are_cleaned_up_and_running_ones_adopted(host: Host) -> None:
    (host.folder / "deeds.py").write_text(DEEDS)
    (host.folder / "graph.toml").write_text(
        '[drivers.mount]\nlifecycle = "deeds:Mount"\n[drivers.server]\nlifecycle = "deeds:Server"\n'
    )
    host.ask("start", "graph.toml", "--detach")
    (run,) = host.alive()
    os.kill(run.info.pid, signal.SIGKILL)
    wait_for(lambda: not host.alive(), "the end of the instance")
    answer = host.ask("start", "graph.toml", "--detach")
    assert answer.code == 0
    assert "server adopted" in answer.out
    assert host.ask("stop").code == 0
    assert (host.folder / "serves").exists()
    assert (host.folder / "deeds").read_text().split() == ["start", "cleanup", "start", "stop", "cleanup"]


def test_processes_left_running_are_adopted_and_not_reported_as_crashed(host: Host) -> None:
    host.graph({"a": ()})
    assert host.ask("start", "graph.toml", "--leave-running").code == 0
    before = host.running()
    answer = host.ask("start", "graph.toml", "--detach")
    assert (answer.code, "killed" in answer.err) == (0, False)
    assert host.running() == before
    assert host.ask("stop").code == 0
    assert host.running() == before


@pytest.mark.parametrize("arguments", [(), ("--detach",)])
def test_a_lost_driver_ends_the_run_by_itself(host: Host, arguments: tuple[str, ...]) -> None:
    host.graph({"a": (), "b": ("a",)})
    process = host.begin("start", "graph.toml", *arguments)
    read_until(process, "all drivers are ready")
    wait_for(lambda: set(host.running()) == {"a", "b"}, "the processes")
    os.kill(host.running()["a"][0], signal.SIGKILL)
    out, _ = process.communicate(timeout=TIMEOUT_S)
    if not arguments:
        assert process.returncode == 4
        assert "failed: a: " in out
    wait_for(lambda: not host.alive(), "the end of the instance")
    assert host.running() == {}
