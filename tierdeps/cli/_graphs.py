"""The graphs of the settings: names and patterns become the names of files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps.cli._inputs import is_address
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.settings import Settings


def find_graphs(settings: Settings) -> tuple[str, ...]:
    """Return the graphs that the settings name, each once, as they are reached from here.

    Raises InputError where a name or a pattern matches nothing: a check of what is not there must not pass.
    """
    if not settings.graphs:
        return ()
    folder = Path(settings.source).parent
    found: dict[str, None] = {}
    for pattern in settings.graphs:
        names = tuple(_matches(pattern, folder))
        if not names:
            raise InputError(settings.source, f"{pattern!r} matches no {_kind(pattern)}", "graphs")
        found |= dict.fromkeys(names)
    return tuple(found)


def _matches(pattern: str, folder: Path) -> Iterable[str]:
    """Return what a pattern stands for, sorted: files, or folders where it ends in a slash."""
    if is_address(pattern):
        return (pattern,)
    path = folder / pattern
    if os.path.exists(path):  # noqa: PTH110  whatever characters are in its name; False where it can be nobody's
        return (str(path),)
    from glob import glob

    found = (folder / name for name in glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207  absolute
    return sorted(str(path) for path in found if pattern.endswith("/") or path.is_file())


def _kind(pattern: str) -> str:
    return "folder" if pattern.endswith("/") else "file"
