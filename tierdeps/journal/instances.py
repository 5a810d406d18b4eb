"""Instances: what is started from the same graphs is the same one, by the names given or where those lead."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    for name in graphs:
        _refuse_impossible(name)
    names = [name if name == "-" else absolute_path(name) for name in graphs]
    titles = ["the standard input" if name == "-" else PurePath(name).name or name for name in names]
    real = [name if name == "-" else os.path.realpath(name) for name in graphs]
    title = os.fsencode(" + ".join(titles)).decode(errors="backslashreplace")
    return Instance(_key(names), title, _key(real))


def _refuse_impossible(name: str) -> None:
    """Raise InputError for a name that no file can have, as the settings may write one."""
    try:
        os.fsencode(name)
        possible = "\0" not in name
    except UnicodeEncodeError:
        possible = False
    if not possible:
        raise InputError(repr(name), "not the name of a file")


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
    return instance._replace(real=_key(real))


def sources_of(key: str) -> tuple[str, ...]:
    """Return what an instance was started from, by its key; a file may have line breaks in its name."""
    sources: list[str] = []
    for part in key.split("\n"):
        if sources and part != "-" and not os.path.isabs(part):  # noqa: PTH117  as it was written
            sources[-1] += f"\n{part}"
        else:
            sources.append(part)
    return tuple(map(_restored, sources))


def _key(paths: Iterable[str]) -> str:
    """Return the key that paths make, as text that can be stored: a byte that is no UTF-8 becomes ``//xff``.

    No path that was normalised has two slashes behind its first character, so it can be undone.
    """
    bytes_named = (re.sub("[\udc80-\udcff]", lambda byte: f"//x{ord(byte[0]) & 0xFF:02x}", path) for path in paths)
    return "\n".join(bytes_named)


def _restored(path: str) -> str:
    return re.sub("(?<=.)//x([89a-f][0-9a-f])", lambda byte: chr(0xDC00 + int(byte[1], 16)), path, flags=re.DOTALL)
