"""Lines that are broken between words, and tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.words.layout import Hanging, table, unstyled, wrapped
from tierdeps.words.palette import Palette


def broken(line: str, width: int = 40) -> list[str]:
    return list(wrapped([line], width))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x" * 40, ["x" * 40]),
        ("one two three four five six seven eight nine", ["one two three four five six seven eight", "  nine"]),
        (f"    1. {'word ' * 8}", ["    1. word word word word word word", "       word word"]),
        (f"      because {'word ' * 6}", ["      because word word word word word", "              word"]),
        (f"  + {'word ' * 8}", ["  + word word word word word word word", "    word"]),
        (f"  {'word ' * 8}", ["  word word word word word word word", "    word"]),
        (Hanging.at(9, f"drivers  {'word ' * 7}"), ["drivers  word word word word word word", "         word"]),
    ],
)
def test_a_line_that_is_too_long_goes_on_below_its_own_text(line: str, expected: list[str]) -> None:
    assert broken(line) == expected


def test_a_word_that_is_longer_than_a_line_stays_whole() -> None:
    path = "/a" * 40
    assert broken(f"error: {path}: not there") == ["error:", f"  {path}:", "  not there"]


def test_colours_take_no_columns_and_go_on_in_the_next_line() -> None:
    palette = Palette(color=True)
    line = f"because {palette('error', 'one two three four five six seven eight nine ten')}"
    found = broken(line)
    assert [unstyled(part) for part in found] == ["because one two three four five six", "        seven eight nine ten"]
    assert all("\x1b[1;31m" in part for part in found)
    short = palette("error", "x" * 40)
    assert broken(short) == [short]


def test_wide_signs_take_two_columns() -> None:
    assert broken("日本語 " * 6) == ["日本語 日本語 日本語 日本語 日本語", "  日本語"]


def test_a_narrow_terminal_breaks_lines_by_itself() -> None:
    assert broken("one two three four five six seven", 12) == ["one two three four five six seven"]


@given(st.lists(st.text(alphabet="abcé日 ", min_size=1, max_size=12), max_size=40), st.integers(30, 100))
def test_no_word_is_lost_and_no_line_is_too_long(words: list[str], width: int) -> None:
    from rich.cells import cell_len

    line = " ".join(words)
    found = broken(line, width)
    assert " ".join(found).split() == line.split()
    assert all(cell_len(part.rstrip()) <= width for part in found)


def test_a_table_has_columns_two_blanks_apart_and_goes_on_below_the_last() -> None:
    palette = Palette(color=True)
    rows = [["NAME", "COUNT", "WHY"], [palette("error", "a"), "1", "x"], ["日本", "22", "word " * 8]]
    found = list(table(rows, right=(1,), lead=" "))
    assert [unstyled(line) for line in found] == [
        " NAME  COUNT  WHY",
        " a         1  x",
        f" 日本     22  {'word ' * 8}".rstrip(),
    ]
    assert list(wrapped(found, 40))[-1].startswith(" " * 14 + "word")


def test_a_very_long_cell_does_not_move_the_columns_of_other_rows() -> None:
    rows = [["a", "1"], ["x" * 100, "2"], ["bcd", "3"]]
    assert list(table(rows)) == ["a    1", f"{'x' * 100}  2", "bcd  3"]
