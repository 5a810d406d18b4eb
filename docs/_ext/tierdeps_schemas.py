"""JSON Schemas as tables: a page for each schema, a row for each key, however deep it is."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from tierdeps_tables import paragraph, table, write_pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sphinx.application import Sphinx

Schema = Any  # a table, or true or false
CHOICES = ("anyOf", "oneOf", "allOf")


class Row(NamedTuple):
    """A key of a document, and what stands there."""

    path: str
    kind: str
    required: bool
    meaning: str

    def cells(self) -> tuple[str, str, str]:
        """Return the cells of its row."""
        optional = "" if self.required else " (optional)"
        return f"``{self.path}``", f"{self.kind}{optional}", self.meaning


class SchemaRows:
    """The rows of one schema, which references into its ``$defs`` are followed for."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._shown: dict[str, str] = {}  # references, and the path below which their keys are

    def rows(self) -> list[Row]:
        """Return the rows in the order of the schema; of two ways to the same key the first counts."""
        return list({row.path: row for row in reversed([*self._inner(self.schema, "", ())])}.values())[::-1]

    def _inner(self, schema: Schema, path: str, through: tuple[str, ...]) -> Iterator[Row]:
        """Yield the rows of what a value contains. References that were followed already are not followed again."""
        reference = schema.get("$ref", "") if isinstance(schema, dict) else ""
        if reference in through or not isinstance(schema, dict):
            return
        if reference and self._shown.setdefault(reference, path) != path:
            return
        if reference:
            yield from self._inner(self._target(reference), path, (*through, reference))
        for choice in (one for name in CHOICES for one in schema.get(name, ())):
            yield from self._inner(choice, path, through)
        required = schema.get("required", ())
        for name, inner in schema.get("properties", {}).items():
            yield from self._row(inner, f"{path}.{name}".lstrip("."), name in required, through)
        any_name = schema.get("additionalProperties")
        if isinstance(any_name, dict) and any_name:
            yield from self._row(any_name, f"{path}.NAME".lstrip("."), False, through)
        items = schema.get("items")
        if isinstance(items, dict):
            yield from self._inner(items, f"{path}[]", through)

    def _row(self, schema: Schema, path: str, required: bool, through: tuple[str, ...]) -> Iterator[Row]:
        earlier = self._earlier(schema, path)
        meaning = (self._meaning(schema), f"As ``{earlier}``." if earlier else "")
        yield Row(path, self.kind(schema), required, " ".join(filter(None, meaning)))
        yield from self._inner(schema, path, through)

    def _earlier(self, schema: Schema, path: str) -> str:
        """Return the path below which the keys of a value are already, if they are."""
        while isinstance(schema, dict):
            if "$ref" in schema and self._shown.get(schema["$ref"], path) != path:
                return self._shown[schema["$ref"]]
            inner = self._target(schema["$ref"]) if "$ref" in schema else schema.get("items")
            schema = inner or next((one for name in CHOICES for one in schema.get(name, ()) if "$ref" in one), None)
        return ""

    def kind(self, schema: Schema) -> str:
        """Return the kind of a value in words; a schema may be ``true`` too."""
        if not isinstance(schema, dict):
            return "any value"
        if "$ref" in schema:
            return self.kind(self._target(schema["$ref"]))
        if "const" in schema or "enum" in schema:
            values = schema.get("enum") or [schema["const"]]
            return ", ".join(f"``{json.dumps(value)}``" for value in values)
        choices = next((schema[name] for name in CHOICES if name in schema), ())
        kinds = schema.get("type", "any value")
        if isinstance(kinds, list):
            choices = [{**schema, "type": kind} for kind in kinds]
        if choices:
            return " or ".join(dict.fromkeys(self.kind(choice) for choice in choices))
        items = schema.get("items") if kinds == "array" else None
        return f"array of {self.kind(items)}" if items else str(kinds)

    def _meaning(self, schema: Schema) -> str:
        if not isinstance(schema, dict):
            return ""
        found = schema.get("description") or (
            self._target(schema["$ref"]).get("description") if "$ref" in schema else ""
        )
        return _flowing(str(found or ""))

    def _target(self, reference: str) -> Schema:
        found: Any = self.schema
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return dict(found)


def schemas() -> dict[str, Schema]:
    """Return the schemas that ship with the package, by name."""
    found = sorted(files("tierdeps.schemas").iterdir(), key=lambda file: file.name)
    names = [file for file in found if file.name.endswith(".json") and file.name != "catalog.json"]
    return {file.name.removesuffix(".json"): json.loads(file.read_text(encoding="utf-8")) for file in names}


def schema_pages(docs: Path) -> None:
    """Write a page for each schema."""
    pages = {}
    for name in schemas():
        pages[name] = f"{name}\n{'=' * len(name)}\n\n.. tierdeps-schema:: {name}\n"
    write_pages(pages, docs / "reference" / "schemas")


class SchemaTable(SphinxDirective):
    """``.. tierdeps-schema:: NAME``: what one schema says, as a table."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a description and a table."""
        name = self.arguments[0]
        schema = schemas()[name]
        title, text = schema.get("title", name), schema.get("description", "")
        rows = SchemaRows(schema).rows()
        sentence = " ".join(f"{part.rstrip('.')}." for part in (title, text) if part and part != f"tierdeps/{name}/1")
        return [
            paragraph(_flowing(sentence)),
            paragraph(
                f"Its ``$id`` is ``{schema['$id']}``; the file is ``tierdeps/schemas/{name}.json``. In the table "
                "``[]`` is any item of an array, and ``NAME`` any key of an object."
            ),
            table(("Key", "Value", "Meaning"), [row.cells() for row in rows], (44, 24, 32), "schema"),
        ]


class SchemaList(SphinxDirective):
    """``.. tierdeps-schema-list::``: the schemas in a table, each with a link to its page."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        from docutils.statemachine import StringList

        lines = [".. list-table::", "   :header-rows: 1", "   :widths: 25 75", "", "   * - Schema", "     - Document"]
        for name, schema in schemas().items():
            lines += [f"   * - :doc:`{name} <schemas/{name}>`", f"     - {_document(name, schema)}"]
        container = nodes.container()
        self.state.nested_parse(StringList(lines, "schemas"), self.content_offset, container)
        return container.children


def _document(name: str, schema: Schema) -> str:
    """Return what a schema describes, in a few words."""
    title = str(schema.get("title", name))
    return title if not title.startswith("tierdeps/") else _flowing(str(schema.get("description", title)))


def _flowing(text: str) -> str:
    """Return a text in one line, with double backquotes where it has single or double ones."""
    return " ".join(re.sub(r"`+([^`]+)`+", r"``\1``", text).split())


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("tierdeps-schema", SchemaTable)
    app.add_directive("tierdeps-schema-list", SchemaList)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
