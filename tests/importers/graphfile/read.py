"""Reads graph files of all kinds that say the same, as tests of a key need it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import yaml

from tierdeps.importers import Source, jsonl, toml
from tierdeps.importers import json as json_files
from tierdeps.importers import yaml as yaml_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.importers import Importer
    from tierdeps.model import Declarations

#: The kinds of graph files that are made of tables.
KINDS = ("json", "jsonl", "toml", "yaml")


def read(text: str, kind: str = "toml", name: str = "site") -> Declarations:
    """Return what the text of a graph file declares."""
    source = Source(f"{name}.{kind}", content=text.encode())
    importers = (json_files.IMPORTER, jsonl.IMPORTER, toml.IMPORTER, yaml_files.IMPORTER)
    importer: Importer = next(one for one in importers if one.name == kind)
    return importer.read(source)


def read_drivers(drivers: Mapping[str, Mapping[str, object]], kind: str, name: str = "site") -> Declarations:
    """Return what a file of a kind declares with these drivers in it."""
    document = {"drivers": drivers}
    match kind:
        case "json":
            text = json.dumps(document)
        case "yaml":
            text = yaml.safe_dump(document, sort_keys=False)
        case "jsonl":
            text = "\n".join(json.dumps({"name": driver, **table}) for driver, table in drivers.items())
        case _:
            lines = (_toml(driver, table) for driver, table in drivers.items())
            text = "\n".join(lines)
    return read(text, kind, name)


def _toml(driver: str, table: Mapping[str, object]) -> str:
    keys = (f"{json.dumps(key)} = {_toml_value(value)}" for key, value in table.items())
    return "\n".join((f"[drivers.{json.dumps(driver)}]", *keys))


def _toml_value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml_value, value)) + "]"
    return json.dumps(value)
