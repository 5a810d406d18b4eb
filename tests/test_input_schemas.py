"""The JSON Schemas of what people write are those of the structures that read it.

``TIERDEPS_GOLDEN=write pytest tests/test_input_schemas.py`` writes them.
"""

from __future__ import annotations

import json
import os
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tierdeps.baseline.file import parse as parse_baseline
from tierdeps.errors import InputError
from tierdeps.importers import Source
from tierdeps.importers.jsonl import IMPORTER as JSON_LINES
from tierdeps.importers.toml import IMPORTER as TOML
from tierdeps.input_schemas import CATALOG, catalog, input_schemas
from tierdeps.settings.file import parse as parse_settings

ROOT = Path(__file__).parent.parent
SHIPPED = {
    file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8"))
    for file in files("tierdeps.schemas").iterdir()
    if file.name.endswith(".json")
}
GENERATED = {**input_schemas(), "catalog": catalog()}
VALIDATORS = {name: Draft202012Validator(schema) for name, schema in GENERATED.items()}


@pytest.mark.parametrize("name", GENERATED)
def test_what_ships_is_what_is_generated(name: str) -> None:
    if os.environ.get("TIERDEPS_GOLDEN") == "write":
        text = json.dumps(GENERATED[name], indent=2) + "\n"
        (ROOT / "tierdeps" / "schemas" / f"{name}.json").write_text(text, encoding="utf-8")
    else:
        assert SHIPPED[name] == GENERATED[name]


@pytest.mark.parametrize("name", input_schemas())
def test_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(GENERATED[name])


@pytest.mark.parametrize("name", sorted(set(SHIPPED) - {"catalog"}))
def test_each_schema_has_an_identifier_of_its_own(name: str) -> None:
    assert SHIPPED[name]["$id"] == f"urn:tierdeps:{name}:1"


@pytest.mark.parametrize("path", sorted((ROOT / "graphs").glob("*.toml")), ids=lambda path: path.name)
def test_every_graph_file_is_as_the_schema_says(path: Path) -> None:
    VALIDATORS["graph-file"].validate(tomllib.loads(path.read_text()))


GRAPH_MISTAKES = [
    "[drivers.a]\nrequries = []",
    "[drivers.a]\nrequires = 'b'",
    "[drivers.a]\nrequires = [1]",
    "[drivers.a]\nrequires = [{ phase = 'x' }]",
    "[drivers.a]\nphases = ['']",
    "[drivers.a]\nlifecycle = 'x'",
    "[drivers.a]\ntimeout = 0",
    "[drivers.a]\non_failure = 'retry'",
    "[facts]\na = 1",
    "[tiers]\ndeclare = [{}]",
    "[driver.a]",
]


@pytest.mark.parametrize("text", GRAPH_MISTAKES)
def test_what_the_reader_of_graph_files_refuses_the_schema_does_too(text: str) -> None:
    with pytest.raises(InputError):
        TOML.read(Source("site.toml", None, text.encode()))
    assert not VALIDATORS["graph-file"].is_valid(tomllib.loads(text))


SETTINGS_MISTAKES = [
    "dsable = []",
    "strict = 1",
    "severity = { TD101 = 'of' }",
    "[[dependencies]]\nafter = 'b'",
    "[[dependencies]]\ndriver = 'a'\nafter = []",
    "drivers = { a = 1 }",
]


@pytest.mark.parametrize("text", SETTINGS_MISTAKES)
def test_what_the_reader_of_settings_refuses_the_schema_does_too(text: str) -> None:
    with pytest.raises(InputError):
        parse_settings("tierdeps.toml", text.encode())
    assert not VALIDATORS["settings"].is_valid(tomllib.loads(text))


BASELINE_MISTAKES = ["known = [{ code = 'a' }]", "knwon = 1", "known = [{ code = 'a', reason = 1 }]", "schema = 'x'"]


@pytest.mark.parametrize("text", BASELINE_MISTAKES)
def test_what_the_reader_of_baselines_refuses_the_schema_does_too(text: str) -> None:
    with pytest.raises(InputError):
        parse_baseline("tierdeps.baseline.toml", text.encode())
    assert not VALIDATORS["baseline"].is_valid(tomllib.loads(text))


ACCEPTED: dict[str, list[str]] = {
    "graph-file": [
        '"$schema" = "graph-file.json"\n[drivers.a]\nrequires = ["b", { on = "c", optional = true }]\n[drivers.b]\n',
        "",
    ],
    "settings": [
        '"$schema" = "settings.json"\nstrict = true\n[drivers.a]\nuri = 3\n',
        '[[dependencies]]\ndriver = "a"\nafter = "b"\n',
        'severity = { TD2 = "off" }\n',
    ],
    "baseline": [
        '"$schema" = "x"\nschema = "tierdeps/baseline/1"\n[[known]]\ncode = "TD1"\nreason = "x"\ndrivers = ["a"]\n',
        "",
    ],
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in ACCEPTED.items() for text in texts])
def test_what_the_reader_accepts_the_schema_does_too(name: str, text: str) -> None:
    data = text.encode()
    if name == "graph-file":
        TOML.read(Source("site.toml", None, data))
    elif name == "settings":
        parse_settings("tierdeps.toml", data)
    else:
        parse_baseline("tierdeps.baseline.toml", data)
    VALIDATORS[name].validate(tomllib.loads(text))


@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ({"name": "a", "requires": ["b"]}, True),
        ({"$schema": "x", "tiers": {"order": ["core"]}}, True),
        ({"name": "a", "requries": []}, False),
        ({"requires": []}, False),
    ],
)
def test_a_line_is_a_driver_or_a_header(line: dict[str, Any], accepted: bool) -> None:
    source = Source("site.jsonl", None, json.dumps(line).encode())
    if accepted:
        JSON_LINES.read(source)
    else:
        with pytest.raises(InputError):
            JSON_LINES.read(source)
    assert VALIDATORS["graph-line"].is_valid(line) is accepted


def test_the_catalog_has_what_schema_store_wants_of_each() -> None:
    entries = catalog()["schemas"]
    assert len(entries) == len(CATALOG)
    for entry in entries:
        assert set(entry) == {"name", "description", "fileMatch", "url"}
        assert entry["url"].startswith("https://json.schemastore.org/tierdeps")
        assert all("tierdeps" in pattern for pattern in entry["fileMatch"])


def test_nothing_in_a_schema_is_only_for_python() -> None:
    for name in input_schemas():
        text = json.dumps(GENERATED[name])
        assert "``" not in text
        assert "null" not in text


@pytest.mark.parametrize("name", input_schemas())
def test_every_key_says_what_it_is_for_in_a_sentence(name: str) -> None:
    if name == "baseline":
        return  # its keys are described at the top of each file
    schema = GENERATED[name]
    tables = [schema, *schema.get("$defs", {}).values()]
    keys = [(key, value) for table in tables for key, value in table.get("properties", {}).items()]
    bare = [key for key, value in keys if not value.get("description", "").endswith(".")]
    assert bare == []
