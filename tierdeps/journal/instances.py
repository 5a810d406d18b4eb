"""Instances: runs of the same graph files are the same instance, whatever folder or symbolic link they are named by."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The key of the installed plugins, which are run without a graph file.
PLUGINS = "plugins"


class Instance(NamedTuple):
    """``key`` identifies an instance on this machine; ``title`` is its name for people.

    ``real`` is what its key leads to through symbolic links now; equal to ``key`` for what is no file.
    """

    key: str
    title: str
    real: str


def instance_of(graphs: tuple[str, ...]) -> Instance:
    """Return the instance of these graph files, named from the current folder; of none, that of the plugins."""
    if not graphs:
        return Instance(PLUGINS, "the installed plugins", PLUGINS)
    for name in graphs:
        _refuse_impossible(name)
    names = [name if name == "-" else absolute_path(name) for name in graphs]
    titles = ["the standard input" if name == "-" else PurePath(name).name or name for name in names]
    real = [name if name == "-" else os.path.realpath(name) for name in graphs]
    title = os.fsencode(" + ".join(titles)).decode(errors="backslashreplace")
    return Instance(_key(names), title, _key(real))


def _refuse_impossible(name: str) -> None:
    """Raise InputError for a name that no file can have, as settings may contain one."""
    try:
        os.fsencode(name)
        possible = "\0" not in name
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise InputError(repr(name), "not the name of a file")


def absolute_path(name: str) -> str:
    """Return the absolute path of a name, with its symbolic links kept: they may lead elsewhere later."""
    path = os.path.join(_folder(), name)  # noqa: PTH118  pathlib would keep the dots
    short = os.path.normpath(path)
    real = os.path.realpath(path)
    return short if os.path.realpath(short) == real else real  # ".." after a link means the parent of its target


def _folder() -> str:
    """Return the current folder, by the path with symbolic links that the shell has in PWD, if that is right."""
    path = os.environ.get("PWD", "")
    with suppress(OSError):
        if os.path.isabs(path) and os.path.samefile(path, "."):  # noqa: PTH117, PTH121  pathlib would make an empty one "."
            return path
    with suppress(OSError):  # it may have been deleted
        return os.getcwd()  # noqa: PTH109
    return ""


def resolved(instance: Instance) -> Instance:
    """Return an instance with what its key leads to now."""
    names = sources_of(instance.key)
    real = [name if name in ("-", PLUGINS) else os.path.realpath(name) for name in names]
    return instance._replace(real=_key(real))


def sources_of(key: str) -> tuple[str, ...]:
    """Return the graph files of an instance, from its key; the name of a file may contain line breaks."""
    sources: list[str] = []
    for part in key.split("\n"):
        if sources and part != "-" and not os.path.isabs(part):  # noqa: PTH117  as it was written
            sources[-1] += f"\n{part}"
        else:
            sources.append(part)
    return tuple(map(_restored, sources))


def _key(paths: Iterable[str]) -> str:
    """Return the key for paths, as text that can be stored: a byte that is no UTF-8 becomes ``//xff``.

    ``_restored`` reverses that: no normalised path has two slashes after its first character.
    """
    escaped = (re.sub("[\udc80-\udcff]", lambda byte: f"//x{ord(byte[0]) & 0xFF:02x}", path) for path in paths)
    return "\n".join(escaped)


def _restored(path: str) -> str:
    return re.sub("(?<=.)//x([89a-f][0-9a-f])", lambda byte: chr(0xDC00 + int(byte[1], 16)), path, flags=re.DOTALL)
