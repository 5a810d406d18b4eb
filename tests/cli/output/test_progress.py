"""What a command is at is shown on a terminal, if it takes a while."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.hosts import TIMEOUT_S, wait_for
from tierdeps.cli.output import terminal
from tierdeps.cli.output.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("counted")
ROOT = Path(__file__).parents[3]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def attach(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Terminal]:
    """Return a function that makes the standard error a terminal; before a test runs, pytest would take it back."""

    def attach() -> Terminal:
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "80")
        found = Terminal()
        monkeypatch.setattr(sys, "stderr", found)
        return found

    return attach


def test_what_takes_long_is_shown_and_removed(attach: Callable[[], Terminal]) -> None:
    stderr = attach()
    progress = Progress(0.0)
    with progress.shown("simulating", 400):
        progress.step(100)
        wait_for(lambda: "100 of 400" in stderr.getvalue(), "the line")
        assert "simulating" in stderr.getvalue()
    assert stderr.getvalue().endswith("\x1b[2K")


@pytest.mark.parametrize("color", [True, False])
def test_the_line_is_coloured_only_if_colours_are_wanted(attach: Callable[[], Terminal], color: bool) -> None:
    stderr = attach()
    with Progress(0.0).shown("checking", color=color):
        wait_for(lambda: "checking" in stderr.getvalue(), "the line")
    assert ("\x1b[36m" in stderr.getvalue()) is color


def test_the_cursor_is_never_hidden(attach: Callable[[], Terminal]) -> None:
    stderr = attach()
    progress = Progress(0.0)
    with progress.shown("checking"):
        wait_for(lambda: "checking" in stderr.getvalue(), "the line")
    assert "\x1b[?25l" not in stderr.getvalue()


def test_the_text_may_change(attach: Callable[[], Terminal]) -> None:
    stderr = attach()
    progress = Progress(0.0)
    with progress.shown("checking", 2):
        progress.step(1, "checking b.toml")
        wait_for(lambda: "checking b.toml" in stderr.getvalue(), "the other text")


def test_what_is_done_soon_shows_nothing(attach: Callable[[], Terminal]) -> None:
    stderr = attach()
    with Progress(TIMEOUT_S).shown("checking"):
        pass
    assert stderr.getvalue() == ""


@pytest.mark.parametrize("why", ["quiet", "pipe", "dumb"])
def test_nothing_is_shown_where_it_is_not_wanted(
    attach: Callable[[], Terminal], monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    stderr = attach()
    if why == "pipe":
        monkeypatch.setattr(stderr, "isatty", lambda: False)
    if why == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    progress = Progress(0.0)
    with progress.shown("checking", quiet=why == "quiet"):
        assert progress._timer is None
    assert stderr.getvalue() == ""


def test_the_line_leaves_before_anything_else_is_printed(
    attach: Callable[[], Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    stderr = attach()
    progress = Progress(0.0)
    monkeypatch.setattr(terminal, "PROGRESS", progress)
    with progress.shown("checking"):
        wait_for(lambda: "checking" in stderr.getvalue(), "the line")
        terminal.write_beside("warning: something")
        shown = stderr.getvalue()
        assert shown.endswith("\x1b[2K\x1b[33m\x1b[1mwarning:\x1b[0m something\n")
    assert stderr.getvalue() == shown


def test_a_simulation_that_is_interrupted_prints_what_it_has_counted() -> None:
    own, theirs = os.openpty()
    command = [sys.executable, "-m", "tierdeps", "simulate", "graphs/libvirt-1.2.1.toml", "--schedule", "two-pass"]
    process = subprocess.Popen(
        [*command, "--restarts", "100000000", "--format", "json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(theirs)
    said = b""
    while b"simulating" not in said:
        said += os.read(own, 4096)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=TIMEOUT_S)
    os.close(own)
    document = json.loads(out)
    assert process.returncode == 130
    assert document["requested"] == 100_000_000
    assert 0 < document["hit"]["restarts"] < document["requested"]
    assert 0 < document["hit"]["count"] <= document["hit"]["restarts"]
