"""JSON over several lines, in parts."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tierdeps._util.json_text import Pairs, lines, record, text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_the_text_is_that_of_json_dumps(value: object) -> None:
    assert text(value) == json.dumps(value, indent=2, ensure_ascii=True)


@given(st.lists(VALUES, max_size=3), st.dictionaries(st.text(), VALUES, max_size=3), VALUES)
def test_parts_that_are_made_while_they_are_written_make_no_difference(
    listed: list[object], table: dict[str, object], value: object
) -> None:
    written = "\n".join(lines({"a": iter(listed), "b": Pairs(table.items()), "c": value}))
    assert written == json.dumps({"a": listed, "b": table, "c": value}, indent=2)


SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
RECORDS = st.dictionaries(st.text(), SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(), SCALARS))


@given(st.lists(RECORDS, max_size=3), st.dictionaries(st.text(), RECORDS, max_size=3))
def test_records_are_written_as_other_tables_are(
    listed: list[dict[str, object]], table: dict[str, dict[str, object]]
) -> None:
    pairs = Pairs((name, record(value)) for name, value in table.items())
    written = "\n".join(lines({"a": map(record, listed), "b": pairs}))
    assert written == json.dumps({"a": listed, "b": table}, indent=2)


TEXTS = st.text(st.sampled_from('ab\n"\\/\t\x7f\0é\ud800'))


@given(st.dictionaries(TEXTS, TEXTS), st.sampled_from(["", "  ", "        "]))
def test_a_record_is_written_as_json_dumps_does_whatever_has_to_be_escaped(value: dict[str, str], indent: str) -> None:
    assert record(value, indent) == json.dumps(value, indent=2).replace("\n", f"\n{indent}")


class Name(str):
    """A string of a plugin's own class."""

    __slots__ = ()


def test_a_record_may_have_strings_of_other_classes() -> None:
    assert record({"name": Name("a")}, "") == '{\n  "name": "a"\n}'
