"""Reporters of plugins: one that blocks, is slow or raises does not affect the run."""

from __future__ import annotations

from threading import Event as Bell
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_plugins import Shell
from tierdeps.cli.run.reporter_thread import ReporterThread
from tierdeps.model import Event, State
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = """
import os, time
from tierdeps import Driver, Lifecycle, hookimpl
from tierdeps.reporters import Reporter

class Quiet(Lifecycle):
    def start(self, context): pass

@hookimpl
def tierdeps_drivers(): return [Driver(f"d{number}", lifecycle=Quiet) for number in range(20)]

def told(what):
    with open("told", "a") as file: file.write(f"{what}\\n")

class Blocks(Reporter):
    def event(self, event): time.sleep(600)

class Raises(Reporter):
    def event(self, event): raise OSError("no room")

class RaisesLast(Reporter):
    def run_ended(self, report): raise SystemExit("the end")

class Slow(Reporter):
    def run_started(self, plan): told("began")
    def event(self, event):
        time.sleep(0.005)
        if event.mark is None: told(f"{event.driver} {event.state}")
    def start_ended(self, report): told("started")
    def run_ended(self, report): told("ended")

@hookimpl
def tierdeps_reporters(): return [globals()[name]() for name in os.environ["KINDS"].split()]
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path)
    shell.install("acme-reporters", PLUGIN)
    return shell


def test_a_blocking_reporter_does_not_delay_the_run(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINDS", "Blocks")
    done = shell.run("start", "--once")
    assert done.returncode == 0, done.stderr
    assert "note: the reporter Blocks did not finish within 3 s and is abandoned" in done.stderr
    assert "started and stopped 20 of " in done.stdout


def test_a_reporter_that_raises_is_named_and_called_no_more(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINDS", "Raises RaisesLast Slow")
    done = shell.run("start", "--once")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("note: the reporter Raises raised OSError: no room; it receives no more events") == 1
    assert "note: the reporter RaisesLast raised it exited with the end" in done.stderr
    assert (shell.folder / "told").read_text().endswith("ended\n")


def test_a_slow_reporter_gets_all_events_in_order(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINDS", "Slow")
    done = shell.run("start", "--once")
    assert done.returncode == 0, done.stderr
    lines = (shell.folder / "told").read_text().splitlines()
    assert (lines[0], lines[-1]) == ("began", "ended")
    assert len(lines) == len(set(lines))
    for number in range(20):
        own = [line.partition(" ")[2] for line in lines if line.startswith(f"d{number} ")]
        assert own == ["starting", "ready", "stopping", "stopped"]


class Waits(Reporter):
    """Takes nothing before the bell rings."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.seen: list[float] = []

    def event(self, event: Event) -> None:
        self.bell.wait()
        self.seen.append(event.at)


def test_events_beyond_the_limit_are_dropped_and_counted() -> None:
    notes: list[str] = []
    waits = Waits()
    reporter_thread = ReporterThread(waits, notes.append, max_queued_calls=3)
    for number in range(10):
        reporter_thread.event(Event(float(number), "a", State.READY))
    waits.bell.set()
    reporter_thread.close(60)
    assert waits.seen == [0.0, 1.0, 2.0]
    assert notes == ["note: the reporter Waits missed 7 events: it is too slow"]
