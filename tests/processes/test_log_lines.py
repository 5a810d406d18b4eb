"""``log:`` expressions: no line takes long to be matched, and a stop is possible meanwhile."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.processes.conftest import PYTHON, run, start
from tierdeps import DependencyGraph, Driver, Executor, requires
from tierdeps.model import Process, Report
from tierdeps.model.log_pattern import line_matcher

if TYPE_CHECKING:
    from pathlib import Path

#: What takes Python longer than anybody lives, each with a line.
SLOW = [
    (r"(a+)+$", "a" * 8000 + "b"),
    (r"^(a|a)*$", "a" * 8000 + "b"),
    (r"^(\w+\s?)*$", "word " * 1500 + "!"),
    (r"(.*)*=(.*)*;$", "x" * 8000),
]


def says(lines: str) -> tuple[str, ...]:
    return (*PYTHON, f"import signal; print({lines}); signal.pause()")


@pytest.mark.parametrize(("expression", "line"), SLOW)
def test_what_backtracks_elsewhere_finds_nothing_at_once(expression: str, line: str) -> None:
    assert not line_matcher(f"log:{expression}")(line)


@pytest.mark.parametrize(("expression", "line"), SLOW[:2])
def test_a_later_line_is_found_behind_one_that_would_take_for_ever(expression: str, line: str) -> None:
    assert start(Process(says(f"{line!r} + chr(10) + 'aaa'"), f"log:{expression}")) == ""


@pytest.mark.parametrize(("expression", "line"), SLOW)
def test_a_stop_is_heeded_while_no_line_matches(expression: str, line: str) -> None:
    async def main() -> Report:
        process = Process((*PYTHON, f"while True: print({line!r})"), f"log:{expression} never")
        executor = Executor(DependencyGraph([Driver("web", process=process)]).collapse(), timeout=1000)
        starting = asyncio.create_task(executor.start())
        await asyncio.sleep(0.3)
        report = await executor.stop()
        await starting
        return report

    report = asyncio.run(main())
    assert report["web"].reason == "start was cancelled by the stop"
    assert not report["web"].stop_error


def test_a_long_line_without_an_end_is_matched_in_pieces() -> None:
    script = "import signal, sys; sys.stdout.write('x' * 100_000 + 'ready'); sys.stdout.flush(); signal.pause()"
    assert start(Process((*PYTHON, script), "log:ready$")) == ""


def test_a_line_counts_that_came_before_it_was_waited_for_with_many_others_after_it(tmp_path: Path) -> None:
    said = tmp_path / "said"
    lines = (
        f"import signal; print('up'); [print('water') for _ in range(1000)]; open({str(said)!r}, 'w'); signal.pause()"
    )
    gate = f"import os, time\nwhile not os.path.exists({str(said)!r}): time.sleep(0.01)"
    report = run(
        Driver(
            "web",
            phases=("launch", "serve"),
            process=Process((*PYTHON, lines), "log:^up"),
            dependencies=(requires("gate", phase="serve"),),
        ),
        Driver("gate", process=Process((*PYTHON, gate), "exit"), dependencies=(requires("web:launch"),)),
        timeout=10,
    )
    assert report["web"].reason == ""


@pytest.mark.parametrize("expression", [r"up \\xff", "up.*now$", "é", r"\pL\x{e9}?", "(?i)UP"])
def test_bytes_that_are_no_text_are_matched_as_their_escapes(expression: str) -> None:
    script = r"import os, signal; os.write(1, b'up \xff \xc3\xa9 now\n'); signal.pause()"
    assert start(Process((*PYTHON, script), f"log:{expression}")) == ""


def test_without_log_re2_is_not_imported() -> None:
    script = (
        "import sys, tierdeps.processes.lifecycle; from tierdeps.model import Process;"
        " Process(('true',), 'tcp:localhost:80'); assert 're2' not in sys.modules;"
        " Process(('true',), 'log:up'); assert 're2' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_without_re2_log_is_refused_with_what_to_do() -> None:
    script = (
        "import sys; sys.modules['re2'] = None; from tierdeps.model import Process\n"
        "try: Process(('true',), 'log:up')\n"
        "except ValueError as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert said == (
        "ready of a process: expected google-re2 to be installed, which matches log: (pip install google-re2),"
        " got 'log:up'\n"
    )
