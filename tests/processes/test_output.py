"""The output of processes: split into lines, made printable, logged, and never blocking the process."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.processes.conftest import Host, run, start, until
from tierdeps import Driver
from tierdeps.model import Process
from tierdeps.processes.lifecycle import ProcessLifecycle
from tierdeps.processes.line_splitter import MAX_LINE_BYTES, LineSplitter, printable_lines, printable_text
from tierdeps.processes.run import ProcessRun

if TYPE_CHECKING:
    from pathlib import Path


def pieces_of(chunks: list[bytes]) -> list[bytes]:
    lines = LineSplitter()
    return [line for chunk in chunks for line in lines.feed(chunk)] + lines.end()


def lines_of(chunks: list[bytes]) -> list[str]:
    return printable_lines(pieces_of(chunks))


@given(st.lists(st.binary(max_size=20)))
def test_lines_do_not_depend_on_how_they_come(chunks: list[bytes]) -> None:
    assert lines_of(chunks) == lines_of([b"".join(chunks)])


@given(st.lists(st.binary(max_size=3 * MAX_LINE_BYTES), max_size=4))
def test_no_byte_is_lost_and_no_line_is_too_long(chunks: list[bytes]) -> None:
    pieces = pieces_of(chunks)
    assert b"".join(pieces) == b"".join(chunks).replace(b"\n", b"")
    assert all(len(piece) <= MAX_LINE_BYTES for piece in pieces)


@given(st.integers(0, 7), st.lists(st.integers(1, MAX_LINE_BYTES), max_size=4))
def test_a_long_line_is_not_split_within_a_character(shift: int, cuts: list[int]) -> None:
    text = ("x" * shift + "\U0001f600\u20ac\u00fc" * 2000).encode()
    chunks = [text[: sum(cuts)], text[sum(cuts) :]]
    assert pieces_of(chunks) == pieces_of([text])
    assert "".join(piece.decode() for piece in pieces_of(chunks)) == text.decode()


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b" ")), min_size=1))
def test_lines_are_the_same_text_together_as_alone(lines: list[bytes]) -> None:
    assert printable_text(lines).split("\n") == printable_lines(lines)


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
    found = lines.feed(b"x" * (3 * MAX_LINE_BYTES + 5))
    assert [len(line) for line in found] == [MAX_LINE_BYTES] * 3
    assert lines.rest == b"xxxxx"
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


def test_a_line_of_one_stream_never_comes_into_a_line_of_the_other(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "tierdeps.output")
    script = "printf rea; printf 'wa' >&2; printf dy; echo rning >&2; echo; exec sleep 1000"
    assert start(Process(("sh", "-c", script), "log:^ready$")) == ""
    assert sorted(caplog.messages) == ["ready", "warning"]


@pytest.mark.parametrize("redirection", ["", ">&2"])
def test_a_line_of_either_stream_says_that_a_process_is_ready(redirection: str) -> None:
    assert start(Process(("sh", "-c", f"echo ready {redirection}; exec sleep 1000"), "log:^ready$")) == ""


def test_the_output_of_a_process_goes_to_a_sink_with_the_name_of_its_stream() -> None:
    found: dict[tuple[str, str], list[bytes]] = {}

    async def main() -> None:
        host = Host()
        shared = ProcessRun(sink=lambda driver, stream, lines: found.setdefault((driver, stream), []).extend(lines))
        lifecycle = ProcessLifecycle(Process(("sh", "-c", "echo out; printf '\\377' >&2; echo more"), "exit"), shared)
        await lifecycle.start(host.context())
        await lifecycle.stop(host.context("stop"))
        await lifecycle.cleanup(host.context("cleanup"))
        shared.close()

    asyncio.run(main())
    assert found == {("web", "stdout"): [b"out", b"more"], ("web", "stderr"): [b"\xff"]}


def test_a_process_with_much_output_is_not_blocked() -> None:
    assert start(Process(("sh", "-c", "head -c 500000 /dev/zero; yes | head -n 20000"), "exit")) == ""


def test_a_process_writes_on_while_it_is_up(tmp_path: Path) -> None:
    """More than a pipe holds."""
    mark = tmp_path / "mark"

    async def wait(executor: object) -> None:
        await until(mark.exists)

    script = f"echo up; head -c 200000 /dev/zero; touch {mark}; exec sleep 1000"
    assert run(Driver("web", process=Process(("sh", "-c", script), "log:up")), then=wait).ok
