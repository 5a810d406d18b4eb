"""Entry points of installed distributions, read from their files: importing importlib.metadata costs more than that."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class EntryPoint(Value):
    """A name that a distribution registers in a group; ``reference`` is ``module`` or ``module:attribute``."""

    group: str
    name: str
    reference: str
    distribution: str
    version: str


def canonical(name: str) -> str:
    """Return a distribution's name as names of distributions are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def entry_points(group: str, path: Iterable[str] | None = None) -> tuple[EntryPoint, ...]:
    """Return a group's entry points in all distributions on the path, sorted by name, then by distribution.

    Nothing is imported. As for imports, the first distribution of a name on the path hides the others, so one that is
    reached twice (lib64, a source tree beside its installation) counts once. Zipped distributions are not looked into.
    """
    found = [
        EntryPoint(group, name, reference, *_identity(folder))
        for folder in _distributions(sys.path if path is None else path)
        for name, reference in _registered(folder, group)
    ]
    return tuple(sorted(found, key=lambda point: (point.name, canonical(point.distribution))))


def _distributions(path: Iterable[str]) -> Iterator[str]:
    """Yield the metadata folder of each distribution."""
    seen = set()
    for place in dict.fromkeys(map(os.path.realpath, path)):
        for folder in _metadata_folders(place):
            name = folder.rpartition(".")[0].partition("-")[0]
            # pip renames what it is about to remove to ~name: no distribution any more
            if name[:1].isalnum() and canonical(name) not in seen:
                seen.add(canonical(name))
                yield f"{place}/{folder}"


def _metadata_folders(place: str) -> list[str]:
    try:
        with os.scandir(place) as entries:
            return sorted(entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info")))
    except OSError:  # missing, not a folder, or without permission: nothing can be imported from it either
        return []


def _registered(folder: str, group: str) -> Iterator[tuple[str, str]]:
    """Yield the names and references of one group in one distribution."""
    data = _read(f"{folder}/entry_points.txt")
    inside = False
    for line in map(str.strip, _lines(data) if f"[{group}]".encode() in data else ()):
        if line.startswith("["):
            inside = line == f"[{group}]"
        elif inside and line and line[0] not in "#;":
            name, _, reference = line.partition("=")
            yield name.strip(), reference.partition("[")[0].strip()


def _identity(folder: str) -> tuple[str, str]:
    """Return name and version: as the metadata has them, else as the folder is named."""
    stem, _, kind = folder.rpartition("/")[2].rpartition(".")
    name, _, version = stem.partition("-")
    fields: dict[str, str] = {}
    for line in _lines(_read(f"{folder}/{'METADATA' if kind == 'dist-info' else 'PKG-INFO'}")):
        if not line.strip():
            break
        key, _, value = line.partition(":")
        fields.setdefault(key.lower(), value.strip())
    return fields.get("name") or name, fields.get("version") or re.sub(r"-py\d.*", "", version)


def _read(file: str) -> bytes:
    try:
        with open(file, "rb", buffering=0) as data:  # noqa: PTH123  hundreds are read, most in vain
            return data.read()
    except OSError:
        return b""


def _lines(data: bytes) -> list[str]:
    return data.decode(errors="replace").splitlines()
