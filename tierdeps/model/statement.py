"""What graph files, settings and options state by name: facts, choices, and what the settings have for drivers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from tierdeps.model.origin import Origin


class Topic(StrEnum):
    """What a statement is about: the tables of graph files and settings, and ``--assume``."""

    FACTS = "facts"
    CHOOSE = "choose"
    DRIVERS = "drivers"
    DEPENDENCIES = "dependencies"
    ASSUME = "assume"


class Statement(Value):
    """A name that somebody states something about: a fact, a capability or a driver, and where it is stated."""

    topic: Topic
    name: str
    origin: Origin
