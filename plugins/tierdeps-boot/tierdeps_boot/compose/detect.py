"""What is recognised as a project of Compose, and which files it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tierdeps import Source

#: The names of a project's file, the preferred ones first.
NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
#: The variable that names the files of a project instead.
COMPOSE_FILE = "COMPOSE_FILE"
_OVERRIDE = re.compile(r"(.+)\.override(\.ya?ml)")
_SERVICES = re.compile(rb"""^["']?(services|include)["']?\s*:""", re.MULTILINE)
_DRIVERS = re.compile(rb"""^["']?(drivers|processes)["']?\s*:""", re.MULTILINE)


def recognises(source: Source) -> bool:
    """Return whether it is a folder with a compose file, or YAML with services at its top."""
    if source.path is None and source.content is None:
        return False
    if source.content is None:
        file = source.path and _project_file(source.path)
        return file is not None and _DRIVERS.search(_head(file)) is None
    if source.path is not None and source.path.suffix.lower() not in {"", ".yaml", ".yml"}:
        return False
    head = source.head
    return _SERVICES.search(head) is not None and _DRIVERS.search(head) is None


def files_of(path: Path, variables: Mapping[str, str]) -> tuple[Path, ...]:
    """Return the files of a project, each of which overrides those before it.

    Of a folder, these are the files in COMPOSE_FILE, or else the project's file and its override file. A file is
    read by itself; an override file together with what it overrides.
    """
    if not path.is_dir():
        return (*_overridden(path), path)
    if named := variables.get(COMPOSE_FILE):
        separator = variables.get("COMPOSE_PATH_SEPARATOR") or ":"
        return tuple(path / name for name in named.split(separator) if name)
    first = _project_file(path)
    if first is None:
        return ()
    overrides = (first.with_name(f"{first.stem}.override{suffix}") for suffix in (first.suffix, *_SUFFIXES))
    return (first, *[file for file in overrides if _is_file(file)][:1])


_SUFFIXES = (".yaml", ".yml")


def _overridden(path: Path) -> tuple[Path, ...]:
    found = _OVERRIDE.fullmatch(path.name)
    if found is None:
        return ()
    names = (found[1] + suffix for suffix in (found[2], *_SUFFIXES))
    return tuple(base for name in names if _is_file(base := path.with_name(name)))[:1]


def _project_file(folder: Path) -> Path | None:
    return next((folder / name for name in NAMES if _is_file(folder / name)), None)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(1 << 16)
    except OSError:  # reading it reports that
        return b""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
