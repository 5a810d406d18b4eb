"""The paths that units need, which become dependencies on the mounts that they are below of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tierdeps_boot.systemd.implicit.environment import SECTIONS, has_processes, is_private
from tierdeps_boot.systemd.implicit.storage import is_bind, is_network, where
from tierdeps_boot.systemd.links import paths_of, words_of
from tierdeps_boot.systemd.names import normalized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_boot.systemd.unit_file import Entry
    from tierdeps_boot.systemd.units import Unit

_DIRECTORIES = {
    "RuntimeDirectory": "/run",
    "StateDirectory": "/var/lib",
    "CacheDirectory": "/var/cache",
    "LogsDirectory": "/var/log",
    "ConfigurationDirectory": "/etc",
}
_SOCKETS = ("ListenStream", "ListenDatagram", "ListenSequentialPacket", "ListenFIFO", "ListenSpecial")
_WATCHED = ("PathExists", "PathExistsGlob", "PathChanged", "PathModified", "DirectoryNotEmpty")


class PathNeed(NamedTuple):
    """A path that a unit needs; ``verb`` is what a mount's file adds to the order, Requires or Wants."""

    unit: str
    path: str
    file: str
    line: int
    why: str
    verb: str = "Requires"


def paths_needed(unit: Unit) -> Iterator[PathNeed]:
    """Yield the paths that a unit needs."""
    for key, verb in (("RequiresMountsFor", "Requires"), ("WantsMountsFor", "Wants")):
        for entry in unit.all("Unit", key):
            for path in paths_of(unit, entry):
                yield _need(unit, path, f"{key}={path}", entry, verb)
    section = SECTIONS.get(unit.type)
    if section is not None and has_processes(unit, section):
        yield from _of_processes(unit, section)
    if unit.type == "socket":
        yield from _of_entries(unit, "Socket", _SOCKETS)
    elif unit.type == "path":
        yield from _of_entries(unit, "Path", _WATCHED)
    elif unit.type == "timer" and unit.flag("Timer", "Persistent", default=False):
        yield _need(unit, "/var/lib/systemd/timers", "Persistent=", unit.last("Timer", "Persistent"))
    elif unit.type == "mount":
        yield from _of_mount(unit)
    elif unit.type == "automount" and (at := unit.last("Automount", "Where")) is not None:
        yield from _parent(unit, normalized(at.value), at)


def _of_processes(unit: Unit, section: str) -> Iterator[PathNeed]:
    for key in ("WorkingDirectory", "RootDirectory", "RootImage"):
        if (named := unit.last(section, key)) is not None:
            for word in words_of(unit, named):
                verb = "Wants" if word.startswith("-") else "Requires"  # with a minus it may be absent
                if (path := normalized(word.removeprefix("-"))) is not None:
                    yield _need(unit, path, f"{key}={word}", named, verb)
    for key, top in _DIRECTORIES.items():
        for entry in unit.listed(section, key):
            for word in words_of(unit, entry):
                if (path := normalized(f"{top}/{word.partition(':')[0]}")) is not None:
                    yield _need(unit, path, f"{key}={word}", entry)
    if is_private(unit, section):
        yield _need(unit, "/var/tmp", "PrivateTmp=", unit.last(section, "PrivateTmp"))  # noqa: S108  its meaning


def _of_entries(unit: Unit, section: str, keys: tuple[str, ...]) -> Iterator[PathNeed]:
    for entry in unit.listed(section, *keys):
        for word in words_of(unit, entry):
            path = normalized(_without_pattern(word) if entry.key == "PathExistsGlob" else word)
            if path is not None:
                yield _need(unit, path, f"{entry.key}={path}", entry)


def _without_pattern(path: str) -> str:
    """Return the part of a path that has no wildcards."""
    first = min((path.find(letter) for letter in "*?[" if letter in path), default=-1)
    return path if first < 0 else path[:first].rpartition("/")[0] or "/"


def _of_mount(unit: Unit) -> Iterator[PathNeed]:
    yield from _parent(unit, where(unit), unit.last("Mount", "Where"))
    entry = unit.last("Mount", "What")
    path = None if entry is None else normalized(entry.value)
    if entry is not None and path is not None and (is_bind(unit) or not is_network(unit)):
        yield _need(unit, path, f"What={path}", entry)


def _parent(unit: Unit, path: str | None, entry: Entry | None) -> Iterator[PathNeed]:
    if path is not None and path != "/":
        yield _need(unit, path.rpartition("/")[0] or "/", f"it is mounted at {path}", entry)


def _need(unit: Unit, path: str, why: str, entry: Entry | None, verb: str = "Requires") -> PathNeed:
    return PathNeed(unit.name, path, entry.file if entry else unit.file, entry.line if entry else 0, why, verb)
