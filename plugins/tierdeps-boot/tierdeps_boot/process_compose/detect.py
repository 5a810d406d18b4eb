"""What is recognised as a project of process-compose, and which files it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps import Source

#: The names of a project's file and of its override file, the preferred ones first.
NAMES = ("compose.yml", "compose.yaml", "process-compose.yml", "process-compose.yaml")
OVERRIDES = tuple(name.replace(".y", ".override.y") for name in NAMES)
_PROCESSES = re.compile(rb"""^["']?processes["']?\s*:""", re.MULTILINE)
_HEAD = 1 << 16


def recognises(source: Source) -> bool:
    """Return whether it is YAML with processes at its top, or a folder with such a file."""
    if source.content is None:
        return source.path is not None and project_file(source.path) is not None
    if source.path is not None and source.path.suffix.lower() not in {"", ".yaml", ".yml"}:
        return False
    return _PROCESSES.search(source.head) is not None


def project_file(folder: Path) -> Path | None:
    """Return the file of a project in a folder."""
    return next((folder / name for name in NAMES if _has_processes(folder / name)), None)


def files_of(path: Path) -> tuple[Path, ...]:
    """Return the files of a project, each of which overrides those before it; a file is read by itself."""
    if not path.is_dir():
        return (path,)
    first = project_file(path)
    overrides = (path / name for name in OVERRIDES)
    return () if first is None else (first, *[file for file in overrides if file.is_file()][:1])


def _has_processes(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _PROCESSES.search(file.read(_HEAD)) is not None
    except (OSError, ValueError):
        return False
