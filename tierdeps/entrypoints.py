"""Entry points of installed distributions, read from their files: importing importlib.metadata costs more than that."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class EntryPoint:
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


def _distributions(path: Iterable[str]) -> Iterator[Path]:
    """Yield the metadata folder of each distribution."""
    seen = set()
    for place in dict.fromkeys(Path(entry).resolve() for entry in path):
        for folder in _metadata_folders(place):
            name = folder.stem.partition("-")[0]
            # pip renames what it is about to remove to ~name: no distribution any more
            if name[:1].isalnum() and canonical(name) not in seen:
                seen.add(canonical(name))
                yield folder


def _metadata_folders(place: Path) -> list[Path]:
    try:
        return sorted(folder for folder in place.iterdir() if folder.suffix in (".dist-info", ".egg-info"))
    except OSError:  # a place that is not there, no folder, or closed to us: nothing can be imported from it either
        return []


def _registered(folder: Path, group: str) -> Iterator[tuple[str, str]]:
    """Yield the names and references of one group in one distribution."""
    text = _read(folder / "entry_points.txt")
    inside = False
    for line in map(str.strip, text.splitlines() if f"[{group}]" in text else ()):
        if line.startswith("["):
            inside = line == f"[{group}]"
        elif inside and line and line[0] not in "#;":
            name, _, reference = line.partition("=")
            yield name.strip(), reference.partition("[")[0].strip()


def _identity(folder: Path) -> tuple[str, str]:
    """Return name and version: as the metadata has them, else as the folder is named."""
    name, _, version = folder.stem.partition("-")
    said: dict[str, str] = {}
    for line in _read(folder / ("METADATA" if folder.suffix == ".dist-info" else "PKG-INFO")).splitlines():
        if not line.strip():
            break
        key, _, value = line.partition(":")
        said.setdefault(key.lower(), value.strip())
    return said.get("name") or name, said.get("version") or re.sub(r"-py\d.*", "", version)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
