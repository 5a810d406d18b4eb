"""Keys are found with the lines that they are on."""

from __future__ import annotations

import json
import tomllib

from hypothesis import given
from hypothesis import strategies as st

from tierdeps.importers.graphfile.key_lines import KeyLines
from tierdeps.importers.graphfile.location import item, joined

TOML = """\
# [drivers.comment]
top = "[drivers.text]"

[drivers.a] # requires = []
requires = [
  "b", # "x",
  { on = "c", reason = '''
[drivers.quoted]
''' },
  ["nested"],
]
description = \"\"\"
[drivers.inside]
with \\\"\"\" and a quote at the end"\"\"\"
timeout = 1e3
b.c = 2001-01-01T12:30:00+01:00
[drivers."b.c".timing]
"with \\"quotes\\"" = 1
[[list]]
x = 1
[[list]]
x = 2
"""


def test_finds_keys_of_toml_and_is_not_misled_by_text() -> None:
    tomllib.loads(TOML)
    lines = KeyLines(TOML).document().lines
    assert lines == {
        "top": 2,
        "drivers": 4,
        "drivers.a": 4,
        "drivers.a.requires": 5,
        "drivers.a.requires[0]": 6,
        "drivers.a.requires[1]": 7,
        "drivers.a.requires[1].on": 7,
        "drivers.a.requires[1].reason": 7,
        "drivers.a.requires[2]": 10,
        "drivers.a.requires[2][0]": 10,
        "drivers.a.description": 12,
        "drivers.a.timeout": 15,
        "drivers.a.b": 16,
        "drivers.a.b.c": 16,
        'drivers."b.c"': 17,
        'drivers."b.c".timing': 17,
        'drivers."b.c".timing."with \\"quotes\\""': 18,
        "list": 19,
        "list[0]": 19,
        "list[0].x": 20,
        "list[1]": 21,
        "list[1].x": 22,
    }


def test_finds_the_key_that_occurs_twice() -> None:
    assert KeyLines('{"a": {"b": 1}, "c": {"b": 2, "b": 3}}').value().repeated == "c.b"


def paths(value: object, key: str = "") -> list[str]:
    """Return the dotted keys of all values in a value."""
    below: list[tuple[str, object]] = []
    if isinstance(value, dict):
        below = [(joined(key, name), inner) for name, inner in value.items()]
    elif isinstance(value, list):
        below = [(item(key, index), inner) for index, inner in enumerate(value)]
    return [path for name, inner in below for path in (name, *paths(inner, name))]


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
TABLES = st.dictionaries(
    st.text(max_size=4),
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=10,
    ),
    max_size=4,
)


@given(table=TABLES, indent=st.sampled_from([None, 0, 2]), ascii_only=st.booleans())
def test_finds_every_key_of_any_json(table: dict[str, object], indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(table, indent=indent, ensure_ascii=ascii_only)
    key_lines = KeyLines(text).value()
    assert list(key_lines.lines) == paths(table)
    assert not key_lines.repeated
    rows = text.split("\n")
    for path, line in key_lines.lines.items():
        assert (
            indent is None
            or path.endswith("]")
            or json.dumps(path, ensure_ascii=ascii_only)[-2] in rows[line - 1] + '"'
        )


@given(table=TABLES)
def test_each_key_of_indented_json_has_a_line_of_its_own(table: dict[str, object]) -> None:
    lines = list(KeyLines(json.dumps(table, indent=1)).value().lines.values())
    assert lines == sorted(set(lines))
