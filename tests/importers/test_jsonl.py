"""Graph files in JSON lines: what they declare, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tierdeps.errors import InputError
from tierdeps.importers import Source
from tierdeps.importers.jsonl import IMPORTER
from tierdeps.model import Declarations, Origin

LINES = """\
{"tiers": {"order": ["core", "hypervisor"]}}
{"facts": {"pool.auth": true}, "choose": {"lookup": "a"}, "disable": ["b"], "targets": ["a"]}

{"name": "a", "requires": ["b", {"on": "c", "when": "pool.auth"}], "tier": "core"}
{"name": "b"}
"""


def read(text: str) -> Declarations:
    return IMPORTER.read(Source("site.jsonl", Path("site.jsonl"), text.encode()))


def test_reads_headers_and_drivers() -> None:
    found = read(LINES)
    assert [driver.name for driver in found.drivers] == ["a", "b"]
    assert [tier.name for tier in found.tiers] == ["core", "hypervisor"]
    assert found.targets == ("a",)
    assert (dict(found.facts), dict(found.choices), found.disabled) == (
        {"pool.auth": True},
        {"lookup": "a"},
        frozenset("b"),
    )


def test_every_declaration_knows_its_line_and_its_key() -> None:
    found = read(LINES)
    assert found.tiers[1].origin == Origin("site.jsonl", 1, "tiers.order[1]")
    assert found.drivers[0].origin == Origin("site.jsonl", 4, "drivers.a")
    assert found.drivers[0].dependencies[1].origin == Origin("site.jsonl", 4, "drivers.a.requires[1]")
    assert found.drivers[1].origin == Origin("site.jsonl", 5, "drivers.b")


def test_a_name_that_occurs_twice_is_kept_twice_for_the_rule_that_says_so() -> None:
    assert [driver.name for driver in read('{"name": "a"}\n{"name": "a"}\n').drivers] == ["a", "a"]


def test_a_line_separator_inside_a_string_ends_no_line() -> None:
    assert read('{"name": "a\u2028b"}\r\n{"name": "c"}').drivers[1].origin.line == 2


def test_a_file_may_declare_nothing() -> None:
    assert read("\n") == Declarations()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "a"}\n{"name": }', "line 2, column 10: not valid JSON: expected value"),
        ('{"name": "a"\n}', "line 1, column 13: not valid JSON: expected ',' delimiter"),
        ('{"name": "a"} {"name": "b"}', "line 1, column 15: not valid JSON: expected the end, got more"),
        ('{"nme": "a"}', "line 1, nme: unknown key 'nme'; did you mean 'name'?"),
        ('{"requires": []}', "line 1: expected the key 'name': the name of the driver"),
        ('{"name": ""}', "line 1, name: expected the name of the driver, got an empty string"),
        ('{"name": " "}', "line 1, drivers.\" \": expected a name, got the string ' '"),
        (
            '\n{"name": "a", "requires": "b"}',
            "line 2, requires: expected a list of names or tables, got the string 'b'",
        ),
        ('\n{"name": "a", "requires": [" "]}', "line 2, drivers.a.requires[0]: expected a name, got the string ' '"),
        ('{"name": "a", "name": "b"}', "line 1, name: expected each key once in a table, got this one again"),
        ("[]", "line 1: expected a table, got an empty list"),
        (
            '{"facts": {"x": true}}\n{"facts": {"x": false}}',
            "line 2, facts.x: expected each of them once, got this one again",
        ),
        ('{"tiers": {}, "name": "a"}', "line 1, name: unknown key 'name'"),
        (
            '{"name": "a"}\n{"name": "\\udfff"}',
            "line 2: expected whole characters, got half of a surrogate pair, '\\udfff'",
        ),
        ('{"name": "a"}\n' + "[" * 100_000, "line 2: expected a graph, got something nested too deeply"),
        ('{"name": "a"}\n{"name": ' + "1" * 5000 + "}", "line 2: expected a number, got one with too many digits"),
    ],
    ids=lambda text: text[:30],
)
def test_what_is_wrong_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert str(caught.value).startswith(f"site.jsonl: {message}")


def test_all_lines_that_are_wrong_are_reported() -> None:
    text = """\
{"name": "a", "requries": []}
{"name": "b", "x": {"y": 1, "y": 2}, "name": }
{"name": "c"}
{"nam": "d"}
{"name": "e", "requires": [""]}
"""
    with pytest.raises(InputError) as caught:
        read(text)
    places = [error.place for error in caught.value.errors]
    assert [place.split(", ")[0] for place in places] == ["line 1", "line 2", "line 4", "line 5"]
    assert "not valid JSON" in caught.value.errors[1].message
    assert "unknown key 'nam'; did you mean 'name'?" in caught.value.errors[2].message
