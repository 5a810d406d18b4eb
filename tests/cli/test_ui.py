"""``tierdeps ui`` as a command: what it refuses, and how it works and ends in a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from contextlib import contextmanager
from select import select
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S
from tests.journal.conftest import Stage
from tierdeps._util.process_id import process_stamp
from tierdeps.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Ask
    from tests.cli.hosts import Host

#: How programs leave the screen on which they draw.
SCREEN_LEFT = b"\x1b[?1049l"


class Terminal:
    """A command in a pseudo-terminal of 80 columns and 24 lines."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self._master = master
        self.process = process

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def read_until(self, *parts: bytes) -> None:
        """Read until parts have come, in any order."""
        found, until = b"", monotonic() + TIMEOUT_S
        while not all(part in found for part in parts):
            assert monotonic() < until, f"{parts} never came: {found[-2000:]!r}"
            if select([self._master], [], [], 1)[0]:
                found += os.read(self._master, 1 << 16)


@contextmanager
def terminal(folder: Path, *arguments: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "tierdeps", "ui", *arguments],
        cwd=folder,
        env={**os.environ, "TERM": "xterm-256color"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(master, process)
    finally:
        process.kill()
        process.wait()
        os.close(master)


@pytest.fixture
def running(state: Path) -> Iterator[None]:
    """Record a run that goes on as this process."""
    with Journal.open() as journal:
        stage = Stage(journal)
        here = {"pid": os.getpid(), "started": process_stamp(os.getpid())}
        stage.run(stage.plan(stage.driver("a"), stage.driver("b", "a")), killed_at=0.5, info=here)
        yield


def test_without_an_instance_it_says_so(ask: Ask, state: Path) -> None:
    answer = ask("ui")
    assert (answer.code, answer.out) == (4, "")
    assert answer.err == "error: nothing is running; tierdeps status shows what ran last\n"
    answer = ask("ui", "other.toml")
    assert (answer.code, answer.err) == (4, "error: other.toml is not running; nothing is running\n")


def test_without_the_extra_it_names_it(ask: Ask, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("tierdeps.ui.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "textual.app", None)
    answer = ask("ui")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "error: ui: it needs textual: pip install 'tierdeps[tui]'\n"


@pytest.mark.usefixtures("running")
def test_without_a_terminal_it_names_a_command_that_needs_none(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "tierdeps", "ui")
    done = subprocess.run(
        command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: ui: it needs a terminal; tierdeps status --watch shows the instance without one\n"


@pytest.mark.usefixtures("running")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_the_terminal_is_as_before(tmp_path: Path, number: signal.Signals) -> None:
    with terminal(tmp_path) as screen:
        screen.read_until(b"Quit", b"starting")
        screen.process.send_signal(number)
        screen.read_until(SCREEN_LEFT)
        assert screen.process.wait(TIMEOUT_S) == 130


def test_it_restarts_a_driver_outlives_the_instance_and_attaches_again(host: Host) -> None:
    host.graph({"a": (), "b": ("a",)})
    assert host.ask("start", "graph.toml", "--detach").code == 0
    before = host.running()
    with terminal(host.folder, "graph.toml") as screen:
        screen.read_until(b"Quit", b"ready")
        screen.press("r")
        screen.read_until(b"Restart a?", b"would stop b")
        screen.press("y")
        screen.read_until(b"2 drivers stopped, 2 started")
        after = host.running()
        assert {name for name in before if after[name] != before[name]} == {"a", "b"}
        assert host.ask("stop").code == 0
        screen.read_until(b"graph.toml has ended")
        assert host.ask("start", "graph.toml", "--detach").code == 0
        screen.read_until(b"graph.toml runs again")
        screen.press("q")
        screen.read_until(SCREEN_LEFT)
        assert screen.process.wait(TIMEOUT_S) == 0
    assert set(host.running()) == {"a", "b"}
