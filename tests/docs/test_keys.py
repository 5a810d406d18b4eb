"""The tables of keys have every key, and each example in them can be read."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.docs.conftest import ROOT
from tests.docs.extension import load
from tierdeps.importers.graphfile.schema import AliveTable, DependencyTable, DriverTable, TiersTable, TierTable
from tierdeps.importers.graphfile.schema import Document as GraphFile
from tierdeps.settings.edges import DependencyEntry
from tierdeps.settings.schema import Document as SettingsFile

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = ROOT / "docs" / "reference" / "keys"
STRUCTURES: dict[tuple[str, str], Any] = {
    ("graph-file", "top"): GraphFile,
    ("graph-file", "TiersTable"): TiersTable,
    ("graph-file", "TierTable"): TierTable,
    ("graph-file", "AliveTable"): AliveTable,
    ("graph-file", "DependencyTable"): DependencyTable,
    ("graph-file", "DriverTable"): DriverTable,
    ("settings", "top"): SettingsFile,
    ("settings", "DependencyEntry"): DependencyEntry,
}
#: What an example needs beside itself.
BESIDE = {
    "AliveTable": {"probe": "exec:true"},
    "DependencyTable": {"on": "a"},
    "TierTable": {"name": "a"},
    "DependencyEntry": {"driver": "a"},
}


def described() -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Yield each key: the file, the structure, the name, and what is said of it."""
    for file in sorted(KEYS.glob("*.toml")):
        for structure, keys in tomllib.loads(file.read_text()).items():
            for name, text in keys.items():
                yield file.stem, structure, name, text


@pytest.mark.parametrize(("file", "structure"), STRUCTURES)
def test_every_key_is_described(file: str, structure: str) -> None:
    names = {name for stem, kind, name, _ in described() if (stem, kind) == (file, structure)}
    assert names == {field.encode_name for field in msgspec.structs.fields(STRUCTURES[file, structure])}


@pytest.mark.parametrize(("file", "structure", "name", "text"), list(described()), ids=lambda part: str(part)[:30])
def test_an_example_has_its_key_and_is_valid(file: str, structure: str, name: str, text: dict[str, str]) -> None:
    example = tomllib.loads(text["example"])
    assert list(example) == [name]
    assert msgspec.convert(BESIDE.get(structure, {}) | example, STRUCTURES[file, structure])


def test_a_key_without_a_meaning_fails_the_build() -> None:
    extension = load("tierdeps_keys")
    schema = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    text = {"meaning": "It is a.", "example": 'a = "x"'}
    with pytest.raises(Exception, match="described and not there, or there and not described: b"):
        extension.keys(schema, {"a": text}, "keys")


def test_a_key_shows_its_type_and_default() -> None:
    extension = load("tierdeps_keys")
    schema = {"properties": {"a": {"type": "integer", "default": 3}, "b": {"enum": ["x", "y"]}}, "required": ["b"]}
    text = {"meaning": "It is.", "example": "a = 1"}
    rows = [key.cells()[:3] for key in extension.keys(schema, {"a": text, "b": text}, "keys")]
    assert rows == [("``a``", "whole number", "``3``"), ("``b``", '``"x"``, ``"y"``', "required")]
