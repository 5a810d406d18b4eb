"""Names that a terminal would act upon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.words.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("storage", "storage"),
        ("Speicher für Schlüssel", "Speicher für Schlüssel"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines", "two\\nlines"),
        ("bell\a", "bell\\x07"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\ud800", "\\ud800"),
    ],
)
def test_control_characters_are_written_as_escapes(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_nothing_is_left_that_a_terminal_acts_upon(text: str) -> None:
    assert printable(text).isprintable()


@given(st.text(st.characters(exclude_categories=("C", "Z"))))
def test_what_is_printable_stays_as_it_is(text: str) -> None:
    assert printable(text) == text
