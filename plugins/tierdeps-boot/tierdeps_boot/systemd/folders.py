"""What is in the folders of units: files, aliases, masks, and the folders that extend units."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tierdeps_boot.systemd.names import TYPES, split
from tierdeps_boot.systemd.root import Spot, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


NULL = "/dev/null"
#: The folders with links to units, and the dependency that a link in one is.
LINKS = {"wants": "Wants", "requires": "Requires", "upholds": "Upholds"}


class Found(NamedTuple):
    """A unit's file; ``alias`` is the unit that it is another name of."""

    name: str
    spot: Spot
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
    extensions: dict[str, list[tuple[int, Spot]]]
    links: dict[tuple[str, str], list[Spot]]
    problems: list[Problem]


def scan(folders: Iterable[Spot]) -> Folders:
    """Read folders, which come in the order of their precedence."""
    found = Folders({}, {}, {}, [])
    seen: dict[tuple[int, int], Spot] = {}
    for rank, folder in enumerate(folders):
        if (spot := _distinct(folder, seen)) is None:
            continue
        for entry in _entries(spot, found.problems):
            _take(found, rank, spot / entry.name, entry)
    for name in [name for name, item in found.files.items() if item.alias]:
        _check_alias(found, name)
    return found


def _distinct(folder: Spot, seen: dict[tuple[int, int], Spot]) -> Spot | None:
    """Return a folder's path without links, or None if it is not there or was read under another name."""
    try:
        spot = Spot(folder.root, folder.root.real(folder.inner))
        status = Path(spot.root.path + spot.inner).stat()
    except (OSError, ValueError, UnreadableError):
        return None
    return spot if seen.setdefault((status.st_dev, status.st_ino), spot) is spot else None


def _entries(spot: Spot, problems: list[Problem]) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(spot.root.path + spot.inner) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            problems.append(Problem(spot.shown, (error.strerror or str(error)).lower()))


def _take(found: Folders, rank: int, spot: Spot, entry: os.DirEntry[str]) -> None:
    owner, _, kind = entry.name.rpartition(".")
    if kind == "d":
        found.extensions.setdefault(owner, []).append((rank, spot))
    elif kind in LINKS:
        found.links.setdefault((owner, kind), []).append(spot)
    elif kind in TYPES and entry.name not in found.files:
        item = _file(found, spot, entry)
        if item is not None:
            found.files[entry.name] = item


def _file(found: Folders, spot: Spot, entry: os.DirEntry[str]) -> Found | None:
    if split(entry.name) is None:
        found.problems.append(Problem(spot.shown, "no unit can have this name"))
        return None
    if not entry.is_symlink():
        if not entry.is_file(follow_symlinks=False):
            found.problems.append(Problem(spot.shown, "it is no regular file", entry.name))
            return None
        return Found(entry.name, spot, masked=entry.stat(follow_symlinks=False).st_size == 0)
    target = os.readlink(entry.path)  # noqa: PTH115  its text
    if os.path.normpath(target) == NULL:
        return Found(entry.name, spot, masked=True)
    last = os.path.basename(target)  # noqa: PTH119  no path of this host
    return Found(entry.name, spot, alias="" if last == entry.name else last)


def _check_alias(found: Folders, name: str) -> None:
    """Drop an alias that is none: one of another type, of a template, of nothing, or of itself."""
    item = found.files[name]
    mine, other = split(name), split(item.alias)
    path = item.spot.shown
    if mine is None or other is None:  # a unit's file under a name that no unit has
        found.files[name] = item._replace(alias="")
    elif mine.type != other.type or (mine.instance is None) != (other.instance is None):
        found.problems.append(Problem(path, f"a unit of this name cannot be an alias of {item.alias}", name))
        del found.files[name]
    elif item.alias not in found.files and other.template not in found.files:
        try:
            _ = item.spot.real
            found.files[name] = item._replace(alias="")  # a file elsewhere below the root
        except UnreadableError as error:
            found.problems.append(Problem(path, str(error), name))
            del found.files[name]
