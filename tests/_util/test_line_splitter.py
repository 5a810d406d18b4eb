"""Bytes become lines, and lines become text that a terminal does not act upon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps._util.line_splitter import MAX_LINE_BYTES, LineSplitter, printable_lines, printable_text


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


@given(st.integers(0, 7), st.integers(0, 30_000))
def test_a_long_line_is_not_split_within_a_character(shift: int, cut: int) -> None:
    text = ("x" * shift + "\U0001f600\u20ac\u00fc" * 2000).encode()
    pieces = pieces_of([text[:cut], text[cut:]])
    assert pieces == pieces_of([text])
    assert "".join(piece.decode() for piece in pieces) == text.decode()


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
