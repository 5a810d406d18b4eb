"""Where a change is to be written: in a graph file, in the settings, in a plugin or in a program."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tierdeps.importers.graphfile.location import joined
from tierdeps.model.templates import ALL_INSTANCES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.model import Origin

#: What the keys of graph files start with.
_KEYS = ("drivers.", "tiers.")
#: The keys of dependencies in the settings.
_ENTRY = re.compile(r"(tool\.tierdeps\.)?dependencies\[\d+\]")
SETTINGS = "in the settings"


def is_in_graph_file(origin: Origin) -> bool:
    """Return whether something was declared in a graph file: with a GRAPH, plugins declare no drivers."""
    return origin.key.startswith(_KEYS)


def is_in_settings(origin: Origin) -> bool:
    """Return whether a dependency was declared in the settings, wherever its driver is."""
    return _ENTRY.match(origin.key) is not None


def where(origin: Origin, key: str = "") -> str:
    """Return where a declaration is, or in a graph file where a key below it is."""
    if is_in_graph_file(origin) or is_in_settings(origin):
        return f"in {origin.key}{f'.{key}' if key else ''} ({_line_of(origin)})"
    return f"in {origin}" if origin.file or origin.distribution else "where it is declared"


def _line_of(origin: Origin) -> str:
    return f"{origin.file}:{origin.line}" if origin.line else origin.file


def settings_place(origins: Iterable[Origin]) -> str:
    """Return where ``choose`` and ``facts`` can be written; both files have the same keys."""
    return "in the graph file or in tierdeps.toml" if any(map(is_in_graph_file, origins)) else SETTINGS


def settings_top(origins: Iterable[Origin]) -> str:
    """Return where ``disable`` can be written: in TOML a key below a table's name would belong to that table."""
    return "at the top of the graph file or of tierdeps.toml" if any(map(is_in_graph_file, origins)) else SETTINGS


def how_to_set_fact(fact: str, origin: Origin) -> str:
    """Return how to state that a fact holds: in a file, or for one command."""
    return f"set it: {quoted(fact)} = true in [facts], {settings_place((origin,))}, or --assume {fact}=yes"


def how_to_declare(name: str, origin: Origin) -> str:
    """Return how to declare a missing name: with a graph file on the command line, plugins contribute no drivers."""
    base, every, phase = name.partition(ALL_INSTANCES)
    if every and phase[:1] in {"", ":"}:
        if is_in_graph_file(origin):
            return f'declare instances in {origin.file}: instances = ["NAME"] in the table {table_of(base)}'
        return f"declare an instance: a driver that is named {base}@NAME"
    if is_in_settings(origin):
        return f"declare a driver that is named {name!r} or provides it: in a graph file, or in a plugin"
    if is_in_graph_file(origin):
        return (
            f"declare it in {origin.file}: add a table {table_of(name)}, or add {name!r} to provides of another driver"
        )
    install = "install the plugin that declares it, or " if origin.distribution else ""
    return f"{install}declare a driver that is named {name!r} or provides it"


def can_be_optional(origin: Origin) -> bool:
    """Return whether a dependency can be declared optional where it is: a file of another program cannot say so."""
    in_python = not origin.file or origin.file.endswith(".py")
    return in_python or is_in_graph_file(origin) or is_in_settings(origin)


def how_to_make_optional(origin: Origin) -> str:
    """Return how to declare a dependency optional; one of several in an entry needs an entry of its own."""
    entry = _ENTRY.match(origin.key)
    text = "optional = true" if entry or is_in_graph_file(origin) else "optional=True"
    place = where(origin)
    if entry and entry.end() < len(origin.key):
        place = f"as a separate entry, not in {entry[0]} ({_line_of(origin)})"
    return f"if it may be absent, declare that: {text}, {place}"


def table_of(name: str) -> str:
    """Return the key of a driver's table in a graph file."""
    return joined("drivers", name)


def quoted(name: str) -> str:
    """Return a name as TOML and JSON write it."""
    return json.dumps(name, ensure_ascii=False)
