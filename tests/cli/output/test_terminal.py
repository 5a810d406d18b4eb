"""Colours and the pager: only for a terminal, unless they are requested."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from tierdeps.cli.output.terminal import wants_color

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.cli.conftest import Ask

NOTHING: Mapping[str, str] = MappingProxyType({})
pytestmark = pytest.mark.usefixtures("counted")
ESCAPE = "\x1b["


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "environment", "on_terminal", "on_file"),
    [
        ("auto", {}, True, False),
        ("auto", {"NO_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": ""}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, True, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ("auto", {"TERM": "dumb"}, False, False),
        ("always", {"NO_COLOR": "1"}, True, True),
        ("never", {"FORCE_COLOR": "1"}, False, False),
    ],
)
def test_colours_depend_on_option_environment_and_terminal(
    choice: str, environment: dict[str, str], on_terminal: bool, on_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wants_color(choice, Terminal()) is on_terminal
    assert wants_color(choice, io.StringIO()) is on_file


def write_graph(folder: Path, drivers: int) -> None:
    lines = [f"[drivers.d{number:03}]" for number in range(drivers)]
    (folder / "graph.toml").write_text("\n".join([*lines, 'requires = ["nobody"]']))


def test_an_answer_is_coloured_on_request(ask: Ask) -> None:
    write_graph(Path(), 1)
    assert ESCAPE in ask("check", "graph.toml", "--color", "always").out
    assert ESCAPE not in ask("check", "graph.toml").out


def test_files_are_never_coloured(ask: Ask) -> None:
    write_graph(Path(), 1)
    ask("check", "graph.toml", "--color", "always", "--output", "text:found.txt")
    assert ESCAPE not in Path("found.txt").read_text()


def on_a_terminal(
    folder: Path, *arguments: str, rows: int = 24, columns: int = 80, variables: Mapping[str, str] = NOTHING
) -> str:
    """Run a command on a terminal of so many rows, with a pager that says that it was called."""
    pager = folder / "pager"
    pager.write_text("#!/bin/sh\necho PAGED\nexec cat\n")
    pager.chmod(0o755)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    hidden = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TIERDEPS_PAGER", "LESS")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"PAGER": str(pager), "TERM": "xterm", **variables}
    command = [sys.executable, "-m", "tierdeps", *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                read = os.read(ours, 65536)
            except OSError:  # nobody is at the other end any more
                break
            if not read:
                break
            said += read
        process.wait(timeout=60)
    os.close(ours)
    return said.decode()


def test_a_long_answer_is_paged_in_colour(tmp_path: Path) -> None:
    write_graph(tmp_path, 30)
    said = on_a_terminal(tmp_path, "graph", "graph.toml")
    assert "PAGED" in said
    assert "d029" in said
    assert ESCAPE in said.partition("PAGED")[2]


@pytest.mark.parametrize("variables", [{"TIERDEPS_PAGER": "cat"}, {"TIERDEPS_PAGER": ""}, {"PAGER": "cat"}])
def test_cat_and_nothing_are_no_pagers(tmp_path: Path, variables: dict[str, str]) -> None:
    write_graph(tmp_path, 30)
    assert "PAGED" not in on_a_terminal(tmp_path, "graph", "graph.toml", variables=variables)


def test_a_pager_of_its_own_goes_before_that_of_all_programs(tmp_path: Path) -> None:
    write_graph(tmp_path, 30)
    own = tmp_path / "own"
    own.write_text('#!/bin/sh\necho "OWN $LESS"\nexec cat\n')
    own.chmod(0o755)
    said = on_a_terminal(tmp_path, "graph", "graph.toml", variables={"TIERDEPS_PAGER": str(own)})
    assert "PAGED" not in said
    assert "OWN -FRX" in said, "less keeps colours"


@pytest.mark.parametrize("arguments", [("graph", "graph.toml", "--no-pager"), ("--no-pager", "graph", "graph.toml")])
def test_a_pager_is_not_used_where_it_is_not_wanted(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    write_graph(tmp_path, 30)
    assert "PAGED" not in on_a_terminal(tmp_path, *arguments)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_lines_are_broken_between_words_at_the_width_of_the_terminal(tmp_path: Path, columns: int) -> None:
    (tmp_path / "graph.toml").write_text(
        f'[drivers.a]\nrequires = [{{ on = "nobody", reason = "{"word " * 60}end" }}]\n'
    )
    said = on_a_terminal(tmp_path, "check", "graph.toml", "--no-pager", "--color", "never", columns=columns)
    # the line of the progress, which a slow machine shows, is erased
    lines = said.rpartition("\x1b[2K")[2].splitlines()
    assert max(map(len, lines)) <= columns
    start = next(number for number, line in enumerate(lines) if "because word" in line)
    assert lines[start + 1].startswith(f"{' ' * 14}word word"), "below its own text"
    assert all(set(line.split()) <= {"because", "word", "end"} for line in lines[start : start + 3])


def test_messages_beside_the_answer_are_on_their_own_lines(tmp_path: Path) -> None:
    """While a start is drawn, at that."""
    (tmp_path / "graph.toml").write_text(
        "[drivers.web]\nready = 'log:up'\n"
        "command = ['sh', '-c', \"trap '' TERM; sleep 0.5; echo up; while :; do sleep 0.1; done\"]\n"
    )
    said = on_a_terminal(tmp_path, "start", "graph.toml", "--once", "--stop-timeout", "1", "--color", "never")
    assert "web:start" in said, "it is not drawn"
    for line in ("web | up", "tierdeps.driver.web: it did not end after SIGTERM, and was killed"):
        assert re.search(rf"(\n|\x1b\[2K){re.escape(line)}\r?\n", said)


def test_a_short_answer_is_not_paged(tmp_path: Path) -> None:
    write_graph(tmp_path, 3)
    said = on_a_terminal(tmp_path, "check", "graph.toml")
    assert "PAGED" not in said
    assert ESCAPE in said


def test_nothing_is_paged_without_a_terminal(tmp_path: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    write_graph(tmp_path, 100)
    monkeypatch.setenv("PAGER", "false")
    assert len(ask("graph", "graph.toml").out.splitlines()) > 100
