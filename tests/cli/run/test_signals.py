"""Signals during a start: none is lost, and at no moment one kills a run that is recorded in the journal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, wait_for
from tierdeps.cli.run.signals import StartSignals
from tierdeps.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.hosts import Host

SLOW = """
import asyncio
from tierdeps import Lifecycle

class Slow(Lifecycle):
    async def start(self, context): await asyncio.sleep(600)
"""
#: How often a start is signalled in the moment in which it is seen.
TIMES = 4
PLUGIN = """
import time
from pathlib import Path
from tierdeps import hookimpl

@hookimpl
def tierdeps_{hook}():
    Path("asked").touch()
    time.sleep(5)
    return {{}} if {hook!r} == "facts" else []
"""


def hear(number: signal.Signals) -> None:
    """Send a signal to this process; its handler has run when this returns."""
    os.kill(os.getpid(), number)


def slow(host: Host) -> None:
    (host.folder / "deeds.py").write_text(SLOW)
    (host.folder / "graph.toml").write_text('[drivers.a]\nlifecycle = "deeds:Slow"\n[drivers.b]\nrequires = ["a"]\n')


def plugin(host: Host, hook: str) -> None:
    (host.folder / "acme_slow.py").write_text(PLUGIN.format(hook=hook))
    info = host.folder / "acme_slow-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: acme-slow\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[tierdeps]\nslow = acme_slow\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_before_anything_is_recorded_a_signal_ends_the_command(number: signal.Signals) -> None:
    with StartSignals(), pytest.raises(KeyboardInterrupt):
        hear(number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_other_code_caught_ends_the_command_before_a_run_starts(number: signal.Signals) -> None:
    with StartSignals() as signals:
        with suppress(KeyboardInterrupt):
            hear(number)
        with pytest.raises(KeyboardInterrupt):
            signals.hold()


def test_held_signals_are_handled_in_order_once_connected() -> None:
    done: list[str] = []
    with StartSignals() as signals:
        signals.hold()
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            hear(number)
        assert done == []
        signals.connect(lambda act: act(), lambda: done.append("stop"), lambda: done.append("reload"))
        assert done == ["reload", "stop", "stop"]
        hear(signal.SIGTERM)
        assert done[3:] == ["stop"]


def test_later_signals_are_delivered_and_not_handled_in_the_signal_handler() -> None:
    delivered: list[Callable[[], object]] = []
    with StartSignals() as signals:
        signals.hold()
        signals.connect(delivered.append, lambda: pytest.fail("not here"))
        hear(signal.SIGTERM)
    assert len(delivered) == 1


def test_a_signal_after_the_end_does_nothing() -> None:
    def closed(act: Callable[[], object]) -> None:
        raise RuntimeError("Event loop is closed")

    with StartSignals() as signals:
        signals.hold()
        signals.connect(closed, lambda: None)
        hear(signal.SIGTERM)


def test_handlers_are_restored_and_no_signal_stays_blocked() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    with StartSignals() as signals:
        signals.hold()
    assert [signal.getsignal(number) for number in numbers] == before
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & set(numbers)


def test_signals_blocked_at_the_start_of_the_process_are_handled() -> None:
    script = (
        "from tierdeps.cli.run.signals import StartSignals\n"
        "try:\n    with StartSignals(): print('not heard')\nexcept KeyboardInterrupt: print('heard')"
    )
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM,))
    try:
        process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        process.send_signal(signal.SIGTERM)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    out, _ = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, out) == (0, "heard\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_recorded_run_handles_signals(host: Host, number: signal.Signals) -> None:
    slow(host)
    for _ in range(TIMES):
        process = host.begin("start", "graph.toml")
        wait_for(host.alive, "the run in the journal")
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 130, err
        assert out.splitlines()[-1].startswith("interrupted after ")
        with Journal.open(readonly=True) as journal:
            run = journal.last()
        assert run is not None
        assert not run.killed


def test_a_run_can_be_stopped_as_soon_as_it_is_recorded(host: Host) -> None:
    slow(host)
    for _ in range(TIMES):
        process = host.begin("start", "graph.toml")
        wait_for(host.alive, "the run in the journal")
        answer = host.ask("stop", "graph.toml")
        assert answer.code == 0, answer.err
        process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == 130


def test_nothing_is_started_where_a_plugin_catches_the_interrupt(host: Host) -> None:
    plugin(host, "facts")
    text = (host.folder / "acme_slow.py").read_text()
    caught = "    try:\n        time.sleep(5)\n    except BaseException:\n        pass\n"
    (host.folder / "acme_slow.py").write_text(text.replace("    time.sleep(5)\n", caught))
    host.graph({"a": ()})
    process = host.begin("start", "graph.toml")
    wait_for((host.folder / "asked").exists, "the call of the plugin")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, out) == (130, ""), err
    assert "Traceback" not in err
    assert host.running() == {}


@pytest.mark.parametrize("hook", ["facts", "reporters"])
def test_a_signal_while_plugins_are_called_ends_the_start_in_order(host: Host, hook: str) -> None:
    host.graph({"a": ()})
    plugin(host, hook)
    process = host.begin("start", "graph.toml")
    wait_for((host.folder / "asked").exists, "the question")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert host.running() == {}
    with Journal.open(readonly=True) as journal:
        assert journal.last() is None


@pytest.mark.parametrize("at", ["spawned", "asked"])
def test_a_signal_to_a_start_in_the_background_ends_both(host: Host, at: str) -> None:
    host.graph({"a": ()})
    plugin(host, "facts")
    process = host.begin("start", "graph.toml", "--detach")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    wait_for((host.folder / "asked").exists if at == "asked" else children.read_text, "the start in the background")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130, err
    assert "was ended by" not in err
    assert host.alive() == ()
    assert host.running() == {}


def test_sighup_during_the_preparation_is_a_reload_and_kills_nothing(host: Host) -> None:
    slow(host)
    process = host.begin("start", "graph.toml")
    wait_for(host.alive, "the run in the journal")
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130
