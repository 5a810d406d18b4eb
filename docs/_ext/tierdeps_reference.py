"""What the reference says is taken from the program: its commands, its rules, its JSON Schemas."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

import click
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from tierdeps.cli import main
from tierdeps.manager import Manager
from tierdeps.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sphinx.application import Sphinx

    from tierdeps.rules import Rule


def own_commands() -> list[tuple[str, click.Command]]:
    """Return our own commands; those of other distributions are theirs to document."""
    context = click.Context(main)
    found = ((name, main.get_command(context, name)) for name in main.list_commands(context))
    return [
        (name, command) for name, command in found if command and command.callback.__module__.startswith("tierdeps.")
    ]


def command_pages(docs: Path) -> list[tuple[str, str, str]]:
    """Write a page for each command, and return its name, the name of its man page, and its summary."""
    folder = docs / "reference" / "commands"
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for name, command in own_commands():
        title = f"tierdeps {name}"
        text = f".. click:: {command.callback.__module__}:command\n   :prog: {title}\n"
        page = folder / f"{name}.rst"
        if not page.exists() or page.read_text() != text:
            page.write_text(text)
        pages.append((name, f"tierdeps-{name}", command.get_short_help_str(limit=200).rstrip(".")))
    return pages


class Codes(SphinxDirective):
    """Every rule: what its code means, an example, and how it is fixed."""

    def run(self) -> list[nodes.Node]:
        """Return a section for each."""
        rules = Manager(Settings(), path=()).rules()
        return [self._section(rule) for rule in sorted(rules, key=lambda rule: rule.code)]

    def _section(self, rule: Rule) -> nodes.section:
        section = nodes.section(ids=[rule.code.lower()], names=[rule.code.lower()])
        section += nodes.title(text=f"{rule.code} {rule.name}")
        asked = " Runs only when it is selected by its code." if rule.on_request else ""
        section += nodes.paragraph(text=f"Severity: {rule.severity}.{asked}")
        section += nodes.paragraph(text=_flowing(rule.meaning))
        if rule.example.strip():
            section += nodes.literal_block(rule.example.strip(), rule.example.strip(), language=_language(rule.example))
        section += nodes.paragraph(text=f"To fix it: {_flowing(rule.how_to_fix)}")
        return section


def _flowing(text: str) -> str:
    return " ".join(text.split())


def _language(example: str) -> str:
    import tomllib

    try:
        tomllib.loads(example)
    except tomllib.TOMLDecodeError:
        return "text"
    return "toml"


class Schemas(SphinxDirective):
    """Every JSON Schema that ships with the package."""

    def run(self) -> list[nodes.Node]:
        """Return a section for each."""
        return list(self._sections())

    def _sections(self) -> Iterator[nodes.Node]:
        for file in sorted(files("tierdeps.schemas").iterdir(), key=lambda file: file.name):
            if file.name.endswith(".json") and file.name != "catalog.json":
                name = file.name.removesuffix(".json")
                text = file.read_text(encoding="utf-8").strip()
                section = nodes.section(ids=[f"schema-{name}"], names=[f"schema {name}"])
                section += nodes.title(text=name)
                section += nodes.paragraph(text=json.loads(text).get("description", ""))
                section += nodes.literal_block(text, text, language="json")
                yield section


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directives."""
    app.add_directive("tierdeps-codes", Codes)
    app.add_directive("tierdeps-schemas", Schemas)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
