"""Schemas become tables: a row for each key, however deep it is."""

from __future__ import annotations

from typing import Any

from tests.docs.extension import load


def rows(schema: Any) -> list[tuple[str, str, str]]:
    return [row.cells() for row in load("tierdeps_schemas").SchemaRows(schema).rows()]


def test_keys_within_objects_and_arrays_have_rows() -> None:
    item = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    schema = {"properties": {"tiers": {"type": "array", "items": item, "description": "All `tiers`."}}}
    assert rows(schema) == [
        ("``tiers``", "array of object (optional)", "All ``tiers``."),
        ("``tiers[].name``", "string", ""),
    ]


def test_any_key_of_an_object_is_a_name() -> None:
    schema = {"properties": {"facts": {"type": "object", "additionalProperties": {"type": "boolean"}}}}
    assert [row[0] for row in rows(schema)] == ["``facts``", "``facts.NAME``"]


def test_a_reference_is_followed_once_and_named_where_it_comes_again() -> None:
    schema = {
        "properties": {"a": {"$ref": "#/$defs/origin"}, "b": {"anyOf": [{"$ref": "#/$defs/origin"}, {"type": "null"}]}},
        "required": ["a", "b"],
        "$defs": {"origin": {"type": "object", "properties": {"line": {"type": ["integer", "null"]}}}},
    }
    assert rows(schema) == [
        ("``a``", "object", ""),
        ("``a.line``", "integer or null (optional)", ""),
        ("``b``", "object or null", "As ``a``."),
    ]


def test_a_schema_that_refers_to_itself_ends() -> None:
    node = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}
    schema = {"properties": {"root": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}}
    assert [row[0] for row in rows(schema)] == ["``root``", "``root.children``"]
