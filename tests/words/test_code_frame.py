"""The line of a declaration, and what in it is pointed to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierdeps.words.code_frame import frame_in_code, frame_in_graph, frame_lines, named_frame
from tierdeps.words.palette import PLAIN


@pytest.mark.parametrize(
    ("text", "key", "marked"),
    [
        ('requires = ["qemu"]', "drivers.a.requires[0]", '"qemu"'),
        ('requires = ["qemu", "b"]  # x', "drivers.a.requires[1]", '"b"'),
        ('requires = ["a", { on = "b", when = "[x]" }, "c"]', "drivers.a.requires[1]", '"b"'),
        ('requires = ["a", { on = "b,]" }, "c"]', "drivers.a.requires[2]", '"c"'),
        ("requires = ['a', 'b']", "drivers.a.requires[1]", "'b'"),
        ('    "qemu",', "drivers.a.requires[7]", '"qemu"'),
        ("    - qemu  # x", "drivers.a.requires[7]", "qemu"),
        ("requires: [a, b]", "drivers.x.requires[1]", "b"),
        ('    { on = "b" },', "drivers.a.requires[1]", '"b"'),
        ('{"a": {"requires": [{"when": "x", "on": "b"}]}}', "a.requires[0]", '"b"'),
        ('declare = [{ name = "late", after = ["core"] }]', "tiers.declare[0]", '{ name = "late", after = ["core"] }'),
        ("[drivers.storage]", "drivers.storage", "[drivers.storage]"),
        ("[[drivers.a.requires]]  # x", "drivers.a.requires[3]", "[[drivers.a.requires]]"),
        ('tier = "cor"  # x', "drivers.a.tier", '"cor"'),
        ("tier: cor", "drivers.a.tier", "cor"),
        ('"pool.auth" = true', 'facts."pool.auth"', "true"),
        ("a.requires = ['b']", "drivers.a.requires[0]", "'b'"),
        ('"storage": {', "drivers.storage", '"storage"'),
        ("  storage:", "drivers.storage", "storage"),
        ('{"a": {"requires": ["b"]}, "c": {"requires": ["d", "e"]}}', "drivers.c.requires[1]", '"e"'),
        ('{"name": "a", "requires": ["b", "c"]}', "requires[1]", '"c"'),
        ("order = ['core']", "tiers.order[9]", "order"),
        ("requires = [", "drivers.a.requires[0]", "requires"),
    ],
)
def test_points_to_the_entry(text: str, key: str, marked: str) -> None:
    frame = frame_in_graph(3, text, key)
    assert frame.text[frame.start : frame.end] == marked
    assert frame.column == text.index(marked) + 1 or text.count(marked) > 1


def test_of_code_the_whole_line_is_meant() -> None:
    frame = frame_in_code(3, '    requires("a"),\n')
    assert frame.text[frame.start : frame.end] == 'requires("a"),'


def shown(text: str, key: str, width: int = 100) -> list[str]:
    return list(frame_lines(frame_in_graph(12, text, key), PLAIN, "  ", width))


def test_is_shown_with_its_number_and_without_its_indentation() -> None:
    assert shown('      "qemu",', "a[0]") == ['  12 | "qemu",', "     | ^^^^^^"]


def test_wide_signs_take_two_columns_and_invisible_ones_are_escaped() -> None:
    assert shown('requires = ["日本", "b"]', "requires[1]")[1] == "     |                     ^^^"
    assert shown('requires = ["\u202e", "b"]', "requires[1]")[0] == '  12 | requires = ["\\u202e", "b"]'


def test_a_long_line_is_cut_around_what_is_meant() -> None:
    others = ", ".join(f'"e{number}"' for number in range(99))
    line, carets = shown(f'requires = [{others}, "z", {others}]', "requires[99]", 80)
    assert line.startswith("  12 | ...")
    assert line.endswith("...")
    assert len(line) <= 80
    assert line[carets.index("^") : carets.rindex("^") + 1] == '"z"'


@given(st.text(max_size=300), st.text(max_size=30), st.integers(0, 120))
def test_any_line_and_any_key_have_carets_within_the_line(text: str, key: str, width: int) -> None:
    text = text.replace("\n", "")
    line, carets = shown(text, key, width)
    assert "^" in carets
    assert line.isprintable()


def test_a_name_is_found_in_a_file_of_one_line() -> None:
    others = ", ".join(f'"x-a-{number}": {{"requires": ["a"]}}' for number in range(3))
    text = f'{{"drivers": {{{others}, "a": {{"requires": ["b-a", "a-b", "a"]}}}}}}'
    frame = frame_in_graph(1, text, "drivers.a")
    assert text[frame.start : frame.start + 3] == '"a"'
    found = named_frame(frame_in_graph(1, text, "drivers.a.requires"), "a")
    assert found is not None
    assert (text[found.start : found.end], found.end) == ('"a"', text.rindex('"a"') + 3)
