"""What the environment of a unit's processes adds: slices, temporary folders, logging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_boot.systemd.implicit.adding import adding
from tierdeps_boot.systemd.implicit.storage import is_extrinsic
from tierdeps_boot.systemd.names import escape, split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_boot.systemd.links import Link
    from tierdeps_boot.systemd.units import Unit

#: The types that have processes, and the section that says how they run.
SECTIONS = {"service": "Service", "socket": "Socket", "mount": "Mount", "swap": "Swap"}
_LOGGED = frozenset({"journal", "journal+console", "kmsg", "kmsg+console", "syslog", "syslog+console"})
_COMMANDS = ("ExecStartPre", "ExecStartPost", "ExecStopPre", "ExecStopPost")
_WRITABLE = ("StateDirectory", "CacheDirectory", "LogsDirectory")


def links(unit: Unit) -> Iterator[Link]:
    """Yield what a unit has because of where its processes run."""
    if unit.type == "slice":
        yield from _parent(unit)
    section = SECTIONS.get(unit.type)
    if unit.name == "init.scope" or section is not None:
        yield from _slice(unit, section or "Scope")
    if section is not None and has_processes(unit, section):
        yield from _folders(unit, section)
        yield from _logging(unit, section)


def has_processes(unit: Unit, section: str) -> bool:
    """Return whether a unit runs commands: of sockets, few do; of a mount without a file it is not known."""
    if unit.type == "socket":
        return bool(unit.all(section, *_COMMANDS))
    return unit.has_file


def _parent(unit: Unit) -> Iterator[Link]:
    stem = unit.parts.stem
    if stem != "-":
        parent = f"{stem.rpartition('-')[0] or '-'}.slice"
        yield from adding(unit, parent, "Requires After", "a slice is inside the one that its name begins with")


def _slice(unit: Unit, section: str) -> Iterator[Link]:
    entry = unit.last(section, "Slice")
    named = entry is not None and (parts := split(entry.value)) is not None and parts.type == "slice"
    if entry is not None and named:
        yield from adding(unit, entry.value, "Requires After", "Slice=", entry)
    elif unit.name == "init.scope" or (unit.type == "mount" and is_extrinsic(unit)):
        yield from adding(unit, "-.slice", "Requires After", "mounts that the system needs are in this slice")
    else:
        prefix = unit.parts.prefix
        name = "system.slice" if unit.parts.instance is None else f"system-{escape(prefix)}.slice"
        yield from adding(unit, name, "Requires After", "the slice of units without Slice=")


def is_private(unit: Unit, section: str) -> bool:
    """Return whether a unit's processes have folders of their own in those for temporary files.

    With ``disconnected``, which ``DynamicUser=`` stands for since systemd 257, they are nowhere else.
    """
    return unit.flag(section, "PrivateTmp", default=False)


def _folders(unit: Unit, section: str) -> Iterator[Link]:
    for entry in unit.listed(section, *_WRITABLE)[:1]:
        yield from adding(unit, "systemd-remount-fs.service", "After", f"{entry.key}= needs a writable /var", entry)
    if is_private(unit, section):
        private = unit.last(section, "PrivateTmp")
        yield from adding(unit, "tmp.mount", "Wants After", "PrivateTmp=", private)
        yield from adding(unit, "systemd-tmpfiles-setup.service", "After", "PrivateTmp=", private)
    image = unit.last(section, "RootImage")
    if image is not None:
        yield from adding(unit, "systemd-udevd.service", "After", "RootImage=", image)


def _logging(unit: Unit, section: str) -> Iterator[Link]:
    namespace = unit.last(section, "LogNamespace")
    if namespace is not None:
        for kind in ("", "-varlink"):
            name = f"systemd-journald{kind}@{escape(namespace.value)}.socket"
            yield from adding(unit, name, "Requires After", "LogNamespace=", namespace)
        return
    out = unit.last(section, "StandardOutput")
    errors = unit.last(section, "StandardError")
    given = unit.last(section, "StandardInput")
    inherits = given is not None and (given.value == "socket" or given.value.startswith("tty"))
    value = out.value if out is not None else "inherit" if inherits else "journal"
    if value in _LOGGED or (errors is not None and errors.value in _LOGGED):
        why = "what it prints goes to the journal"
        yield from adding(unit, "systemd-journald.socket", "After", why, out or errors)
