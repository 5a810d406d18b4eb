"""The output of processes: split into lines, made printable, logged, and never blocking the process."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.processes.conftest import run, start, until
from tierdeps import Driver
from tierdeps.model import Process
from tierdeps.processes.line_splitter import MAX_LINE_BYTES, LineSplitter

if TYPE_CHECKING:
    from pathlib import Path


def lines_of(chunks: list[bytes]) -> list[str]:
    lines = LineSplitter()
    return [line for chunk in chunks for line in lines.feed(chunk)] + lines.end()


@given(st.lists(st.binary(max_size=20)))
def test_lines_do_not_depend_on_how_they_come(chunks: list[bytes]) -> None:
    assert lines_of(chunks) == lines_of([b"".join(chunks)])


@given(st.binary())
def test_lines_have_nothing_that_a_terminal_would_act_upon(data: bytes) -> None:
    assert all(line.isprintable() for line in lines_of([data]))


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\nb", ["a", "b"]),
        (b"a\r\n\r\n", ["a", ""]),
        (b"\x1b[1;31mred\x1b[0m", ["red"]),
        (b"\x1b]0;title\x07", ["\\x1b]0;title\\x07"]),
        (b"a\tb", ["a       b"]),
        (b"\xff\x00", ["\\xff\\x00"]),
        ("gr\u00fcn".encode(), ["gr\u00fcn"]),
    ],
)
def test_a_line_is_text(data: bytes, lines: list[str]) -> None:
    assert lines_of([data]) == lines


def test_a_line_without_an_end_comes_in_pieces() -> None:
    lines = LineSplitter()
    told = lines.feed(b"x" * (3 * MAX_LINE_BYTES + 5))
    assert [len(line) for line in told] == [MAX_LINE_BYTES] * 3
    assert lines.partial == "xxxxx"
    assert lines_of([b"x" * (2 * MAX_LINE_BYTES + 5) + b"\n"]) == ["x" * MAX_LINE_BYTES, "x" * MAX_LINE_BYTES, "xxxxx"]


def test_each_line_goes_to_the_logger_of_its_driver(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tierdeps.output")
    script = "echo out; echo err >&2; printf rest"
    assert start(Process(("sh", "-c", script), "exit")) == ""
    assert caplog.record_tuples == [
        ("tierdeps.output.web", logging.INFO, "out"),
        ("tierdeps.output.web", logging.INFO, "err"),
        ("tierdeps.output.web", logging.INFO, "rest"),
    ]


def test_a_process_with_much_output_is_not_blocked() -> None:
    assert start(Process(("sh", "-c", "head -c 500000 /dev/zero; yes | head -n 20000"), "exit")) == ""


def test_a_process_writes_on_while_it_is_up(tmp_path: Path) -> None:
    """More than a pipe holds."""
    mark = tmp_path / "mark"

    async def wait(executor: object) -> None:
        await until(mark.exists)

    script = f"echo up; head -c 200000 /dev/zero; touch {mark}; exec sleep 1000"
    assert run(Driver("web", process=Process(("sh", "-c", script), "log:up")), then=wait).ok
