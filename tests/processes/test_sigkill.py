"""``tierdeps start`` killed at random moments: nothing is orphaned, and the next start finds its way.

``TIERDEPS_KILLS=50 pytest tests/processes/test_sigkill.py`` kills fifty times in starts, and fifty times in stops.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

from tests.processes.test_orphan_guard import guards

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.processes.conftest import Trace

TIMES = int(os.environ.get("TIERDEPS_KILLS", "2"))
DRIVERS = 20
#: About what a start takes on a slow machine, from nothing; and what a stop does. In seconds.
START, STOP = 1.5, 0.6


class Program:
    """``tierdeps start`` with a graph of 20 processes, each with a child in its session."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started = folder / "begun"
        tables = []
        for number in range(DRIVERS):
            script = f"echo d{number} >> {self.started}; sleep 1000 & echo up; exec sleep 1000"
            needs = f'requires = ["d{number - 1}"]' if number % 4 else ""
            tables.append(f'[drivers.d{number}]\ncommand = ["sh", "-c", "{script}"]\nready = "log:up"\n{needs}')
        (folder / "graph.toml").write_text("\n".join(tables))

    @contextmanager
    def starting(self, *options: str) -> Iterator[subprocess.Popen[str]]:
        self.started.unlink(missing_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "tierdeps", "start", "graph.toml", *options],
            cwd=self.folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def counts(self) -> set[int]:
        """Tell how often each driver that was started was."""
        text = self.started.read_text() if self.started.exists() else ""
        return set(Counter(text.split()).values())


@pytest.fixture
def program(tmp_path: Path, trace: Trace) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    # After all that, a start is as good as ever.
    with program.starting("--once") as process:
        assert process.wait(60) == 0
    assert program.counts() == {1}
    assert len(program.started.read_text().split()) == DRIVERS
    assert trace.nothing_is_left()


def test_killed_while_it_starts(program: Program, trace: Trace) -> None:
    moments = random.Random(7)  # noqa: S311  no secret
    for _ in range(TIMES):
        with program.starting() as process:
            time.sleep(moments.uniform(0, START))
            process.kill()
            process.wait()
        assert trace.nothing_is_left()
        assert program.counts() <= {1}


def await_ready(process: subprocess.Popen[str]) -> None:
    """Read what a start says until all drivers are ready."""
    said = []
    assert process.stdout is not None
    for line in process.stdout:
        said.append(line)
        if "all drivers are ready" in line:
            return
    pytest.fail("".join(said))


def kill_with_guard(process: subprocess.Popen[str]) -> None:
    """Kill both at once: stopped, it can start no other guard."""
    process.send_signal(signal.SIGSTOP)
    for pid in guards(process.pid):
        os.kill(pid, signal.SIGKILL)
    process.kill()
    process.wait()


@pytest.mark.parametrize("contained", [False, True])
@pytest.mark.parametrize("loaded", [False, True])
def test_killed_together_with_its_guard(
    program: Program, trace: Trace, monkeypatch: pytest.MonkeyPatch, contained: bool, loaded: bool
) -> None:
    """The next start ends what is left, and starts each driver once: however short a stop may take, under load too."""
    if contained:
        monkeypatch.delenv("TIERDEPS_CGROUP")
    moments = random.Random(9)  # noqa: S311  no secret
    with busy() if loaded else nullcontext():
        for _ in range(TIMES):
            with program.starting("--stop-timeout", "1") as process:
                time.sleep(moments.uniform(0, START))
                kill_with_guard(process)
            left = {one for one in trace.left() if one.session == one.pid}
            with program.starting("--stop-timeout", "1") as process:
                assert process.stdout is not None
                assert any("all drivers are ready" in line for line in process.stdout)
                assert program.counts() == {1}
                assert not left & set(trace.left())
                process.send_signal(signal.SIGTERM)
                process.stdout.read()
            assert trace.nothing_is_left()


@contextmanager
def busy() -> Iterator[None]:
    """Keep all processors busy."""
    command = [sys.executable, "-I", "-S", "-c", "while True: pass"]
    all_of_them = [subprocess.Popen(command, env={}) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for one in all_of_them:
            one.kill()
            one.wait()


def test_killed_while_it_stops(program: Program, trace: Trace) -> None:
    moments = random.Random(8)  # noqa: S311  no secret
    for _ in range(TIMES):
        with program.starting() as process:
            await_ready(process)
            process.send_signal(signal.SIGTERM)
            time.sleep(moments.uniform(0, STOP))
            process.kill()
            process.wait()
        assert trace.nothing_is_left()
        assert program.counts() == {1}
