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
