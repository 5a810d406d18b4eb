"""What graph files, settings, options and plugins state by name: facts, choices, dependencies of other drivers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from tierdeps.model.origin import Origin


# The sources of facts, as a lock records them.
#: ``--assume`` on the command line.
ASSUMED = "assumed"
#: The settings, which are kept in the repository.
SETTINGS = "settings"
#: No source: the fact counts as no.
NOBODY = "nobody"
#: A plugin's hook, which inspects the host; its name follows.
PLUGIN = "plugin"
#: A host of a fleet, by its own plugins; its name follows.
HOST = "host"
#: A graph file, which is kept in the repository; its name follows.
GRAPH = "graph"


class Topic(StrEnum):
    """What a statement is about: the tables of graph files and settings, and ``--assume``."""

    FACTS = "facts"
    CHOOSE = "choose"
    DRIVERS = "drivers"
    DEPENDENCIES = "dependencies"
    ASSUME = "assume"
    TARGETS = "targets"


class Statement(Value):
    """A fact, capability, driver or target that something is stated about, and where."""

    topic: Topic
    name: str
    origin: Origin


def fact_source(kind: str, name: str) -> str:
    """Return the source for a plugin, a graph file or a host with a name."""
    return f"{kind} {name}"


def is_of_repository(source: str) -> bool:
    """Return whether a source states the same on every host, because its files are kept with the lock."""
    return source == SETTINGS or source.startswith(f"{GRAPH} ")
