"""The keys of files that people write: types and defaults from the program, meanings and examples from beside it.

The meanings of the keys of a structure are in a TOML file; a key that has none there, and a meaning whose key does not
exist, are errors, so no table can lack a key.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from tierdeps_schemas import Schema, schemas
from tierdeps_tables import table

from tierdeps.model import Policy, Process

if TYPE_CHECKING:
    from docutils import nodes

#: The values that stand for a key of a driver that is omitted.
DEFAULTS = {
    field.encode_name: field.default for structure in (Policy, Process) for field in msgspec.structs.fields(structure)
}


class Key(NamedTuple):
    """A key: what it takes, what holds where it is omitted, what it means, and how it is written."""

    name: str
    kind: str
    default: str
    meaning: str
    example: str

    def cells(self) -> tuple[str, str, str, str, str]:
        """Return the cells of its row."""
        return f"``{self.name}``", self.kind, self.default, self.meaning, f"``{self.example}``"


def keys(schema: Schema, described: dict[str, dict[str, str]], title: str) -> list[Key]:
    """Return the keys of a structure. Raises ExtensionError for keys without a meaning, and meanings without a key."""
    properties: dict[str, Schema] = schema["properties"]
    if wrong := sorted(properties.keys() ^ described.keys()):
        raise ExtensionError(f"{title}: described and not there, or there and not described: {', '.join(wrong)}")
    required = schema.get("required", ())
    return [
        _key(name, _resolved(properties[name]), text, required=name in required) for name, text in described.items()
    ]


def _resolved(schema: Schema) -> Schema:
    """Return a schema with what it refers to."""
    name = schema.get("$ref", "").rpartition("/")[2]
    targets = [found["$defs"][name] for found in schemas().values() if name and name in found.get("$defs", {})]
    return {**targets[0], **schema} if targets else schema


def _key(name: str, schema: Schema, text: dict[str, str], *, required: bool) -> Key:
    default = "required" if required else text.get("default") or _default(name, schema)
    return Key(name, text.get("type") or kind(schema), default, text["meaning"], text["example"])


def kind(schema: Schema) -> str:
    """Return the kind of a value in words, by what the schema says of it."""
    if values := schema.get("enum"):
        return ", ".join(f"``{json.dumps(value)}``" for value in values)
    kinds = {"string": "string", "boolean": "true or false", "integer": "whole number", "number": "number of seconds"}
    if schema.get("type") == "array":
        return "list"
    if schema.get("type") == "object":
        return "table"
    return kinds.get(str(schema.get("type")), "any value")


def _default(name: str, schema: Schema) -> str:
    found = schema.get("default", DEFAULTS.get(name))
    if found in (None, "", [], {}, (), msgspec.NODEFAULT) or isinstance(found, dict):
        return "none"
    return f"``{json.dumps(found)}``"


class Keys(SphinxDirective):
    """``.. tierdeps-keys:: FILE``, with ``:schema:``, ``:structure:`` and ``:only:``: a table of keys.

    ``FILE`` has a table ``[STRUCTURE.KEY]`` for each key; without a structure the schema's own keys are meant, under
    the name ``top``. ``only`` is a group: the keys whose ``group`` it is.
    """

    required_arguments = 1
    option_spec = {"schema": str, "structure": str, "only": str}  # noqa: RUF012  Sphinx's own way

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        _, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(path)
        structure, group = self.options.get("structure", "top"), self.options.get("only", "")
        described: dict[str, Any] = tomllib.loads(Path(path).read_text(encoding="utf-8"))[structure]
        schema = schemas()[self.options["schema"]]
        part = schema if structure == "top" else schema["$defs"][structure]
        found = keys(part, described, f"{self.arguments[0]}, {structure}")
        shown = [key.cells() for key in found if not group or described[key.name]["group"] == group]
        return [table(("Key", "Type", "Default", "Meaning", "Example"), shown, (12, 12, 14, 34, 28))]


def setup(app: Any) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("tierdeps-keys", Keys)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
