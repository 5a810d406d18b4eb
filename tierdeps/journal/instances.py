"""Instances: what is started from the same graphs is the same one."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import NamedTuple

#: What a run of the installed plugins is known by.
PLUGINS = "plugins"


class Instance(NamedTuple):
    """``key`` tells one instance from another on this machine; ``title`` is what people call it."""

    key: str
    title: str


def instance_of(graphs: tuple[str, ...]) -> Instance:
    """Return the instance that these GRAPHs make, wherever they are named from; without one, the installed plugins."""
    if not graphs:
        return Instance(PLUGINS, "the installed plugins")
    files = [name if name == "-" else os.path.realpath(name) for name in graphs]
    titles = ["the standard input" if name == "-" else PurePath(name).name or name for name in files]
    return Instance("\n".join(files), " + ".join(titles))


def sources_of(key: str) -> tuple[str, ...]:
    """Return what an instance was started from, by its key; a file may have line breaks in its name."""
    sources: list[str] = []
    for part in key.split("\n"):
        if sources and part != "-" and not os.path.isabs(part):  # noqa: PTH117  as it was written
            sources[-1] += f"\n{part}"
        else:
            sources.append(part)
    return tuple(sources)
