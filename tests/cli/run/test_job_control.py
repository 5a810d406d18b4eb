"""Ctrl-Z, ``bg`` and ``fg``, on a terminal of their own, by a small shell."""

from __future__ import annotations

import os
import re
import sys
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Runs a command as a shell does: as a job in the foreground; at a Ctrl-Z as one in the background; and again.
SHELL = """
import os, signal, sys
def give(group):
    os.tcsetpgrp(0, group)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
child = os.fork()
if not child:
    os.setpgid(0, 0)
    give(os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.executable, [sys.executable, "-m", "tierdeps", "start", "graph.toml"])
_, status = os.waitpid(child, os.WUNTRACED)
give(os.getpgrp())
print("STOPPED" if os.WIFSTOPPED(status) else "ENDED", flush=True)
os.kill(child, signal.SIGCONT)
sys.stdin.readline()
print("FOREGROUND", flush=True)
give(child)
_, status = os.waitpid(child, 0)
give(os.getpgrp())
print("EXIT", os.waitstatus_to_exitcode(status), flush=True)
"""


class Terminal:
    """A terminal on which the shell runs."""

    def __init__(self, folder: Path) -> None:
        self.pid, self._own = os.forkpty()
        if not self.pid:
            os.chdir(folder)
            environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "1"}
            os.execve(sys.executable, [sys.executable, "-c", SHELL], environment)  # noqa: S606  as a shell is started
        self._said = ""

    def type(self, text: str) -> None:
        os.write(self._own, text.encode())

    def until(self, text: str) -> str:
        """Read up to a text, and return what is before it."""
        end = monotonic() + TIMEOUT_S
        while text not in self._said:
            assert monotonic() < end, f"{text!r} never came: {self._said[-500:]!r}"
            try:
                data = os.read(self._own, 4096)
            except OSError:
                data = b""
            assert data, f"{text!r} never came: {self._said[-500:]!r}"
            self._said += data.decode(errors="replace")
        before, _, self._said = self._said.partition(text)
        return before

    def close(self) -> None:
        os.close(self._own)
        os.waitpid(self.pid, 0)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    graph = '[drivers.quick]\n[drivers.slow]\nrequires = ["quick"]\ncommand = ["sleep", "3600"]\n'
    (tmp_path / "graph.toml").write_text(graph)
    found = Terminal(tmp_path)
    yield found
    found.close()


def test_the_picture_leaves_with_the_job_and_returns_with_it(terminal: Terminal) -> None:
    terminal.until("running for")
    terminal.type("\x1a")
    last = terminal.until("STOPPED")
    assert last.rstrip("\r\n ^Z").endswith("\x1b[?25h") or "\x1b[?25h" in last, "the cursor is shown again"
    assert re.search(r"\x1b\[2K", last), "the picture was removed"
    terminal.type("\n")
    background = terminal.until("FOREGROUND")
    assert "running for" not in background, "nothing is drawn in the background"
    terminal.until("running for")
    terminal.type("\x03")
    terminal.until("stopped: slow, quick")
    terminal.until("EXIT 0")
