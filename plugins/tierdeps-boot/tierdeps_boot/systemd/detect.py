"""What is recognised as units of systemd."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps import Source

_SECTION = re.compile(
    rb"^[ \t]*\[(Unit|Install|Service|Socket|Mount|Automount|Swap|Timer|Path|Slice|Scope)\]", re.MULTILINE
)
#: The address of this host's units.
ADDRESS = "systemd:"
#: The types of units, as the suffixes of their files.
SUFFIXES = (
    ".service",
    ".socket",
    ".target",
    ".mount",
    ".automount",
    ".swap",
    ".timer",
    ".path",
    ".slice",
    ".device",
    ".scope",
)
#: The folders of the system's units, the first ones override the later ones.
SYSTEM_FOLDERS = (
    "etc/systemd/system.control",
    "run/systemd/system.control",
    "run/systemd/transient",
    "run/systemd/generator.early",
    "etc/systemd/system",
    "etc/systemd/system.attached",
    "run/systemd/system",
    "run/systemd/system.attached",
    "run/systemd/generator",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
    "run/systemd/generator.late",
)


def recognises(source: Source) -> bool:
    """Return whether it is ``systemd:``, a unit, a folder with units, a tree with such folders, or a dump of units."""
    if source.content is not None:
        return is_unit_file(source) or _is_dump(source)
    if source.path is None:
        return source.name == ADDRESS
    return is_tree(source.path) or has_units(source.path)


def is_unit_file(source: Source) -> bool:
    """Return whether a file is one unit, by its name and its first bytes."""
    if source.path is None or not _is_unit(source.path.name) or source.path.suffix not in SUFFIXES:
        return False
    return _SECTION.search(source.head) is not None


def _is_dump(source: Source) -> bool:
    """Return whether a file is what systemd says of its units; one that is named as a graph file is none."""
    if source.path is not None and source.path.suffix in {".toml", ".json", ".jsonl", ".yaml", ".yml"}:
        return False
    head = source.head
    if b" Unit " not in head and b"\nLoadState=" not in head:
        return False
    from tierdeps_boot.systemd.dump import is_dump

    return is_dump(head)


def is_tree(path: Path) -> bool:
    """Return whether a folder is the root of an image or of an unpacked package with units."""
    return any(has_units(path / folder) for folder in SYSTEM_FOLDERS)


def has_units(path: Path) -> bool:
    """Return whether units, or folders that extend units, are in a folder."""
    try:
        with os.scandir(path) as entries:
            return any(_is_unit(entry.name) for entry in entries)
    except (OSError, ValueError):
        return False


def _is_unit(name: str) -> bool:
    stem, dot, last = name.rpartition(".")
    if last in {"d", "wants", "requires", "upholds"}:
        stem, dot, last = stem.rpartition(".")
    return bool(stem) and dot + last in SUFFIXES
