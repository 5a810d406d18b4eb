"""What is in the folders of units: files, aliases, masks, and the folders that extend units."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tierdeps_boot.systemd.names import TYPES, split
from tierdeps_boot.systemd.root import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tierdeps_boot.systemd.root import Root

NULL = "/dev/null"
#: The folders with links to units, and the dependency that a link in one is.
LINKS = {"wants": "Wants", "requires": "Requires", "upholds": "Upholds"}


class Found(NamedTuple):
    """A unit's file: ``inner`` is its path below the root; ``alias`` is the unit that it is another name of."""

    name: str
    inner: str
    alias: str = ""
    masked: bool = False


class Problem(NamedTuple):
    """Something in the folders that is not read; ``file`` is its name for people."""

    file: str
    why: str
    unit: str = ""


class Folders(NamedTuple):
    """The units of all folders; of one name, that of the first folder counts.

    ``extensions`` are the folders ``NAME.d``, ``links`` those named ``NAME.wants`` and the like, by what precedes
    the last dot and by their kind; in each, the folders of higher precedence come first.
    """

    files: dict[str, Found]
    extensions: dict[str, list[tuple[int, str]]]
    links: dict[tuple[str, str], list[str]]
    problems: list[Problem]


def scan(root: Root, folders: Iterable[str]) -> Folders:
    """Read the folders below a root, which come in the order of their precedence."""
    found = Folders({}, {}, {}, [])
    seen: dict[tuple[int, int], str] = {}
    for rank, folder in enumerate(folders):
        if (inner := _distinct(root, folder, seen)) is None:
            continue
        for entry in _entries(root, inner, found.problems):
            _take(root, found, rank, inner, entry)
    for name in [name for name, item in found.files.items() if item.alias]:
        _check_alias(root, found, name)
    return found


def _distinct(root: Root, folder: str, seen: dict[tuple[int, int], str]) -> str | None:
    """Return a folder's path without links, or None if it is not there or was read under another name."""
    try:
        inner = root.real(folder)
        status = Path(root.path + inner).stat()
    except (OSError, ValueError, UnreadableError):
        return None
    return inner.rstrip("/") if seen.setdefault((status.st_dev, status.st_ino), inner) == inner else None


def _entries(root: Root, inner: str, problems: list[Problem]) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(root.path + inner) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            problems.append(Problem(root.shown(inner), (error.strerror or str(error)).lower()))


def _take(root: Root, found: Folders, rank: int, inner: str, entry: os.DirEntry[str]) -> None:
    owner, _, kind = entry.name.rpartition(".")
    if kind == "d":
        found.extensions.setdefault(owner, []).append((rank, f"{inner}/{entry.name}"))
    elif kind in LINKS:
        found.links.setdefault((owner, kind), []).append(f"{inner}/{entry.name}")
    elif kind in TYPES and entry.name not in found.files:
        item = _file(root, found, inner, entry)
        if item is not None:
            found.files[entry.name] = item


def _file(root: Root, found: Folders, inner: str, entry: os.DirEntry[str]) -> Found | None:
    path = f"{inner}/{entry.name}"
    if split(entry.name) is None:
        found.problems.append(Problem(root.shown(path), "no unit can have this name"))
        return None
    if not entry.is_symlink():
        if not entry.is_file(follow_symlinks=False):
            found.problems.append(Problem(root.shown(path), "it is no regular file", entry.name))
            return None
        return Found(entry.name, path, masked=entry.stat(follow_symlinks=False).st_size == 0)
    target = os.readlink(entry.path)  # noqa: PTH115  its text
    if os.path.normpath(target) == NULL:
        return Found(entry.name, path, masked=True)
    last = os.path.basename(target)  # noqa: PTH119  no path of this host
    return Found(entry.name, path, alias="" if last == entry.name else last)


def _check_alias(root: Root, found: Folders, name: str) -> None:
    """Drop an alias that is none: one of another type, of a template, of nothing, or of itself."""
    item = found.files[name]
    mine, other = split(name), split(item.alias)
    path = root.shown(item.inner)
    if mine is None or other is None:  # a unit's file under a name that no unit has
        found.files[name] = item._replace(alias="")
    elif mine.type != other.type or (mine.instance is None) != (other.instance is None):
        found.problems.append(Problem(path, f"a unit of this name cannot be an alias of {item.alias}", name))
        del found.files[name]
    elif item.alias not in found.files and other.template not in found.files:
        try:
            root.real(item.inner)
            found.files[name] = item._replace(alias="")  # a file elsewhere below the root
        except UnreadableError as error:
            found.problems.append(Problem(path, str(error), name))
            del found.files[name]
