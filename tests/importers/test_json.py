"""Graph files in JSON: what they declare, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tierdeps.errors import InputError
from tierdeps.importers import Source
from tierdeps.importers.graphfile.json_values import MAX_LOCATED_CHARS
from tierdeps.importers.json import IMPORTER
from tierdeps.model import Declarations, Origin

SECONDS = "expected a number of seconds, more than 0, up to 31622400 (a year)"


def read(text: str) -> Declarations:
    return IMPORTER.read(Source("site.json", Path("site.json"), text.encode()))


def test_reads_drivers_with_the_lines_of_their_dependencies() -> None:
    found = read('{"drivers": {\n  "a": {"requires": ["b",\n    {"on": "c", "phase": "start"}]},\n  "b": {}, "c": {}}}')
    assert [driver.name for driver in found.drivers] == ["a", "b", "c"]
    first, second = found.drivers[0].dependencies
    assert first.origin == Origin("site.json", 2, "drivers.a.requires[0]")
    assert second.origin == Origin("site.json", 3, "drivers.a.requires[1]")


def test_a_very_large_file_has_keys_but_no_lines() -> None:
    text = json.dumps({"drivers": {"a": {"requires": ["b"]}, "b": {"description": "x" * MAX_LOCATED_CHARS}}})
    assert read(text).drivers[0].dependencies[0].origin == Origin("site.json", None, "drivers.a.requires[0]")


def test_escapes_in_names_are_characters() -> None:
    found = read('{"drivers": {"\\u00e9\\u0000": {"requires": ["\\ud83d\\ude00"]}}}')
    assert found.drivers[0].name == "é\0"
    assert found.drivers[0].dependencies[0].target == "\N{GRINNING FACE}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: not valid JSON: expected value"),
        ("{", "line 1, column 2: not valid JSON: expected property name enclosed in double quotes"),
        ("{} {}", "line 1, column 4: not valid JSON: expected the end, got more"),
        ('{"\t": 1}', "line 1, column 3: not valid JSON: invalid control character"),
        ('{"drivers', "line 1, column 2: not valid JSON: unterminated string"),
        ("[]", "line 1: expected a table, got an empty list"),
        ("null", "line 1: expected a table, got nothing"),
        ('{"drivers": {"a": null}}', "line 1, drivers.a: expected a table, such as { requires = [] }, got nothing"),
        (
            '{"drivers": {\n"a": {},\n"b": {},\n"a": {}}}',
            "line 4, drivers.a: expected each key once in a table, got this one again",
        ),
        (
            '{"drivers": {"a": {\n"requires": ["b"],\n"requires": ["c"]}}}',
            "line 3, drivers.a.requires: expected each key once in a table, got this one again",
        ),
        (
            '{"drivers": {"a": {"timeout": NaN}}}',
            f"line 1, drivers.a.timeout: {SECONDS}, got the number nan",
        ),
        (
            '{\n"drivers": {"\\ud800": {}}}',
            "line 2: expected whole characters, got half of a surrogate pair, '\\ud800'",
        ),
        (
            '{"a": "\\\\ud800",\n"b": "\\udc00\\ud800"}',
            "line 2: expected whole characters, got half of a surrogate pair, '\\udc00'",
        ),
        ('\n{"a": ' + "9" * 5000 + "}", "line 2: expected a number, got one with too many digits"),
        ("\n\n" + "[" * 100_000, "line 3: expected a graph, got something nested too deeply"),
        ('{"a":' * 100_000, "line 1: expected a graph, got something nested too deeply"),
        (
            '{"expect": ' + "[" * 900 + "1, 1" + "]" * 900 + ', "expect": 1}',
            "line 1: expected each key once in a table, got 'expect' again",
        ),
    ],
    ids=lambda text: text[:20],
)
def test_what_is_wrong_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert str(caught.value).startswith(f"site.json: {message}")
