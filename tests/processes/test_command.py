"""``tierdeps start`` with processes: what is shown of them, and what one that ends does to the others."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import timeless

if TYPE_CHECKING:
    from pathlib import Path

GRAPH = """
[drivers.db]
command = ["sh", "-c", "echo up; sleep 1; exit 2"]
ready = "log:up"
[drivers."web\\u001b"]
requires = ["db"]
command = ["sh", "-c", "echo 'it is \\u001b[31mred\\u001b[0m'; exec sleep 1000"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "graph.toml").write_text(GRAPH)
    return tmp_path


def start(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tierdeps", "start", "graph.toml", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_one_that_ends_fails_the_run_and_what_needs_it_is_stopped_first(folder: Path) -> None:
    done = start(folder)
    assert done.returncode == 4
    assert "failed: db: the process exited with code 2, T after it started; last output: up" in timeless(done.stdout)
    assert done.stdout.index("stopped") < done.stdout.index("db stopped")
    assert r"stopped: web\x1b, db" in done.stdout


def test_each_line_stands_behind_the_name_of_its_driver(folder: Path) -> None:
    assert start(folder).stderr.splitlines() == ["db | up", "web\\x1b | it is red"]


def test_names_have_colours_where_they_are_wanted(folder: Path) -> None:
    said = start(folder, "--color", "always").stderr.splitlines()
    assert said[0] == "\x1b[36mdb\x1b[0m | up"
    assert said[1].startswith("\x1b[33mweb\\x1b\x1b[0m | ")


def test_who_wants_it_quiet_hears_nothing(folder: Path) -> None:
    assert start(folder, "-q").stderr == ""
