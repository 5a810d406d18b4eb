"""The names of graphs: patterns of the command line and of the settings are expanded to the names of files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps.cli._inputs import is_address
from tierdeps.cli.git.patterns import is_pattern
from tierdeps.errors import InputError
from tierdeps.settings.file import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps.settings import Settings


def find_graphs(settings: Settings) -> tuple[str, ...]:
    """Return the graphs that the settings name, each once, as paths from the current folder.

    Raises InputError if a name or a pattern matches nothing: a check of a missing graph must not pass.
    """
    folder = Path(settings.source).parent
    found: dict[str, None] = {}
    for pattern in settings.graphs or ():
        names = tuple(_matches(pattern, folder))
        if not names:
            raise InputError(settings.source, f"{pattern!r} matches no {_kind(pattern)}", "graphs")
        found |= dict.fromkeys(names)
    return tuple(found)


def expand(names: Iterable[str]) -> tuple[str, ...]:
    """Return names with patterns replaced by what they match. Raises InputError for one that matches nothing.

    A name without a wildcard stays as it is, and so does one with a wildcard that is the name of a file.
    """
    return tuple(found for name in names for found in _expanded(name))


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return names without those of files that an earlier one names, whatever the path: they would be merged twice."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(_identity(name), name)
    return tuple(found.values())


def repeated(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names of files that an earlier name names already, each once."""
    known: set[str] = set()
    found: dict[str, None] = {}
    for name in names:
        if _identity(name) in known:
            found[name] = None
        known.add(_identity(name))
    return tuple(found)


def _identity(name: str) -> str:
    """Return what is the same for all paths of one file; an impossible name is refused when it is read."""
    try:
        return name if name == "-" or is_address(name) else os.path.realpath(name)
    except ValueError:
        return name


def _expanded(name: str) -> Iterator[str]:
    if not is_pattern(name):
        yield name
        return
    found = tuple(_matches(name, Path()))
    if not found:
        raise InputError(name, f"this pattern matches no {_kind(name)}")
    yield from found


def _matches(pattern: str, folder: Path) -> Iterable[str]:
    """Return what a pattern matches, sorted: files, or folders if it ends in a slash."""
    if is_address(pattern):
        return (pattern,)
    path = folder / pattern
    if os.path.exists(path):  # noqa: PTH110  False for an impossible name, where Path raises
        return (str(path),)
    from glob import glob

    found = (folder / name for name in glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207  absolute
    return sorted(str(path) for path in found if pattern.endswith("/") or _may_be_graph(path))


def _may_be_graph(path: Path) -> bool:
    """Return whether a pattern may match this file: the settings are no graph."""
    return path.name not in NAMES and path.is_file()


def _kind(pattern: str) -> str:
    return "folder" if pattern.endswith("/") else "file"
