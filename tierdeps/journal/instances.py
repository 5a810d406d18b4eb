"""Instances: what is started from the same graphs is the same one, by the names given or where those lead."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import PurePath
from typing import NamedTuple

#: What a run of the installed plugins is known by.
PLUGINS = "plugins"


class Instance(NamedTuple):
    """``key`` tells one instance from another on this machine; ``title`` is what people call it.

    ``real`` is what its key leads to through symbolic links now; the same for what is no file.
    """

    key: str
    title: str
    real: str


def instance_of(graphs: tuple[str, ...]) -> Instance:
    """Return the instance that these GRAPHs make, wherever they are named from; without one, the installed plugins."""
    if not graphs:
        return Instance(PLUGINS, "the installed plugins", PLUGINS)
    names = [name if name == "-" else absolute_path(name) for name in graphs]
    titles = ["the standard input" if name == "-" else PurePath(name).name or name for name in names]
    real = [name if name == "-" else os.path.realpath(name) for name in graphs]
    return Instance("\n".join(names), " + ".join(titles), "\n".join(real))


def absolute_path(name: str) -> str:
    """Return the whole path of a name, through the links that it was written with: they may lead elsewhere later."""
    path = os.path.join(_folder(), name)  # noqa: PTH118  pathlib would keep the dots
    short = os.path.normpath(path)
    real = os.path.realpath(path)
    return short if os.path.realpath(short) == real else real  # the folder above a link's is not that of where it leads


def _folder() -> str:
    """Return the folder that we are in, by the links that led here where the shell says which."""
    said = os.environ.get("PWD", "")
    with suppress(OSError):
        if os.path.isabs(said) and os.path.samefile(said, "."):  # noqa: PTH117, PTH121  an empty one is neither
            return said
    with suppress(OSError):  # it may have been deleted
        return os.getcwd()  # noqa: PTH109
    return ""


def resolved(instance: Instance) -> Instance:
    """Return an instance with what its key leads to now."""
    names = sources_of(instance.key)
    real = [name if name in ("-", PLUGINS) else os.path.realpath(name) for name in names]
    return instance._replace(real="\n".join(real))


def sources_of(key: str) -> tuple[str, ...]:
    """Return what an instance was started from, by its key; a file may have line breaks in its name."""
    sources: list[str] = []
    for part in key.split("\n"):
        if sources and part != "-" and not os.path.isabs(part):  # noqa: PTH117  as it was written
            sources[-1] += f"\n{part}"
        else:
            sources.append(part)
    return tuple(sources)
