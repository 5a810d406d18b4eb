"""Text from outside: decoded, and made safe to print."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps._util.text import NotUtf8Error, decode_utf8, printable, without_commands


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("storage", "storage"),
        ("Speicher für Schlüssel", "Speicher für Schlüssel"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines", "two\\nlines"),
        ("bell\a", "bell\\x07"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066isolated\u2069", "\\u2066isolated\\u2069"),
        ("web\u200b", "web\\u200b"),
        ("web\u3164", "web\\u3164"),
        ("web\u034f", "web\\u034f"),
        ("web\ufe0f", "web\\ufe0f"),
        ("web\U000e0101", "web\\U000e0101"),
        ("\ufeffweb", "\\ufeffweb"),
        ("done \u2714\ufe0f", "done \u2714\ufe0f"),
        ("\ud800", "\\ud800"),
    ],
)
def test_control_characters_are_written_as_escapes(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters()))
def test_nothing_is_left_that_a_terminal_acts_upon(text: str) -> None:
    assert printable(text).isprintable()


@given(st.text(st.characters(exclude_categories=("C", "Z", "M"), exclude_characters="\u115f\u1160\u3164\uffa0")))
def test_what_is_printable_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::x", "\\x3a:error::x"),
        ("  ::add-mask::x", "  \\x3a:add-mask::x"),
        ("fine\n\t::error file=a::x\nfine", "fine\n\t\\x3a:error file=a::x\nfine"),
        ("::::", "\\x3a:::"),
        ("##[error]x", "#\\u0023[error]x"),
        ("web | ##[group]x", "web | #\\u0023[group]x"),
        ("###[x]", "##\\u0023[x]"),
        ("a ##vso[task.setvariable variable=PATH]x", "a #\\u0023vso[task.setvariable variable=PATH]x"),
        ("##TeamCity[message]", "#\\u0023TeamCity[message]"),
        ("std::vector", "std::vector"),
        ("web | ::1 - GET /", "web | ::1 - GET /"),
        ("## heading", "## heading"),
    ],
)
def test_what_a_code_host_takes_for_a_command_is_disarmed(text: str, shown: str) -> None:
    assert without_commands(text) == shown
    assert without_commands(shown) == shown


@given(st.recursive(st.text("#[:\\ a"), st.lists))
def test_documents_of_json_keep_their_meaning(value: object) -> None:
    assert json.loads(without_commands(json.dumps(value))) == value
    assert "##[" not in without_commands(json.dumps(value))


def test_a_byte_order_mark_is_not_part_of_the_text() -> None:
    assert decode_utf8(b"\xef\xbb\xbfa") == "a"
    assert decode_utf8("Schlüssel".encode()) == "Schlüssel"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    ("data", "line", "byte"), [(b"\xff", 1, "ff"), (b"a\n\xc3", 2, "c3"), (b"\n\n\xe9b\n", 3, "e9")]
)
def test_what_is_no_utf_8_is_named_with_its_line(mark: bytes, data: bytes, line: int, byte: str) -> None:
    with pytest.raises(NotUtf8Error) as caught:
        decode_utf8(mark + data)
    assert (caught.value.line, str(caught.value)) == (line, f"expected text in UTF-8, got the byte 0x{byte}")
