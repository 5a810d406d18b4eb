"""JSON Schemas of the files that people write, generated from the structures that read them.

They ship in ``tierdeps.schemas``; a test holds that they are what is generated here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from tierdeps.baseline.file import SCHEMA, entry_struct
from tierdeps.importers.graphfile.schema import Document, DriverLine, Header, does
from tierdeps.settings.edges import DependencyEntry  # noqa: TC001  msgspec evaluates the annotation
from tierdeps.settings.schema import Document as SettingsDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: The names under which SchemaStore would serve them, and the files that they are for.
CATALOG = {
    "graph-file": ("tierdeps-graph", ["*.tierdeps.json", "*.tierdeps.toml", "*.tierdeps.yaml", "*.tierdeps.yml"]),
    "settings": ("tierdeps", ["tierdeps.toml"]),
    "baseline": ("tierdeps-baseline", ["tierdeps.baseline.toml"]),
}
_CATALOG_SCHEMA = "https://json.schemastore.org/schema-catalog.json"

#: What the keys of a baseline and of its entries mean: its structs are made from the fields of values.
_BASELINE_KEYS = {
    "$schema": "The address of the JSON Schema of this file, for editors.",
    "schema": "The version of the file format.",
    "known": "The findings that are excused.",
    "code": "The code of the finding, such as TD101.",
    "reason": "Why the finding is accepted.",
    "graphs": "The graphs in which it is accepted, relative to this file; none: the installed plugins.",
    "drivers": "The drivers that the finding is about.",
    "subject": "What else the finding is about, such as a tier or a fact.",
    "edges": "The dependencies of a cycle, each as a -> b, or their number and hash.",
    "owner": "Who is responsible for the finding.",
    "until": "The last day on which the finding is accepted, such as 2030-12-31; by default there is no limit.",
}


class _SettingsFile(SettingsDocument, frozen=True, forbid_unknown_fields=True):
    """The settings of tierdeps: tierdeps.toml, or the table tool.tierdeps of pyproject.toml."""

    dependencies: Annotated[
        tuple[DependencyEntry, ...], does("Dependencies between drivers that others declare: one verb in each.")
    ] = ()


def input_schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas by the names of their files."""
    entry = entry_struct()
    baseline = msgspec.defstruct(
        "Baseline",
        [
            ("schema_", str, msgspec.field(default="", name="$schema")),
            ("schema", str, SCHEMA),
            ("known", tuple[entry, ...], ()),  # type: ignore[valid-type]
        ],
        frozen=True,
        forbid_unknown_fields=True,
    )
    found = {
        "graph-file": _schema("graph-file", "A graph file of tierdeps, in TOML, JSON or YAML", Document),
        "graph-line": _schema("graph-line", "A line of a graph file of tierdeps in JSON lines", DriverLine, Header),
        "settings": _schema("settings", "The settings of tierdeps: tierdeps.toml", _SettingsFile),
        "baseline": _schema("baseline", "Findings that tierdeps check excuses: tierdeps.baseline.toml", baseline),
    }
    found["baseline"]["properties"]["schema"] = {"const": SCHEMA}
    for table in (found["baseline"], *found["baseline"]["$defs"].values()):
        for key, value in table["properties"].items():
            value["description"] = _BASELINE_KEYS[key]
    return found


def catalog() -> dict[str, Any]:
    """Return a catalog with the entries that SchemaStore's would have."""
    schemas = input_schemas()
    entries = [
        {
            "name": f"tierdeps: {name}",
            "description": schemas[name]["title"],
            "fileMatch": files,
            "url": f"https://json.schemastore.org/{address}.json",
        }
        for name, (address, files) in CATALOG.items()
    ]
    return {"$schema": _CATALOG_SCHEMA, "version": 1, "schemas": entries}


def _schema(name: str, title: str, *types: type[msgspec.Struct]) -> dict[str, Any]:
    """Return one schema; of several types a document is any."""
    outer, components = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    plain: dict[str, Any] = {key: _plain(value) for key, value in sorted(components.items())}
    head = {"$schema": DIALECT, "$id": f"urn:tierdeps:{name}:1", "title": title}
    if len(types) > 1:
        return {**head, "anyOf": list(outer), "$defs": plain}
    top = plain.pop(outer[0]["$ref"].rpartition("/")[2])
    top.pop("title")
    return {**head, **top, **({"$defs": plain} if plain else {})}


def _plain(value: Any) -> Any:
    """Return a part of a schema without what only Python needs: marks of its docstrings, null for what is omitted."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {key: _plain(item) for key, item in value.items() if not (key == "default" and item is None)}
    found = {key: item for key, item in found.items() if key != "required" or item}
    if isinstance(found.get("description"), str):
        found["description"] = found["description"].replace("``", "")
    return _without_null(found)


def _without_null(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that may also be null as one that may not: the key is then omitted, as TOML has no null."""
    choices = [one for one in found.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == len(found.get("anyOf", ())):
        return dict(found)
    rest = {key: item for key, item in found.items() if key != "anyOf"}
    return {**choices[0], **rest} if len(choices) == 1 else {**rest, "anyOf": choices}
