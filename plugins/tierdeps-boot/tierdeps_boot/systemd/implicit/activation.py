"""What activates what: sockets, timers, paths and automounts, and buses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_boot.systemd.implicit.adding import adding
from tierdeps_boot.systemd.links import words_of
from tierdeps_boot.systemd.names import for_path, normalized, split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tierdeps_boot.systemd.links import Link
    from tierdeps_boot.systemd.units import Unit


def links(unit: Unit) -> Iterator[Link]:
    """Yield what a unit has because it activates another one, or is activated."""
    if (more := _OF_TYPE.get(unit.type)) is not None:
        yield from more(unit)


def _triggered(unit: Unit, section: str, key: str) -> Iterator[Link]:
    """Yield that a unit triggers the one that it names, or else the service of its own name, and comes before it."""
    entry = unit.last(section, key)
    names = list(words_of(unit, entry)) if entry is not None else []
    target = names[0] if names and split(names[0]) is not None else f"{unit.parts.stem}.service"
    yield from adding(unit, target, "Before Triggers", f"{unit.type}s come before what they activate", entry)


def _socket(unit: Unit) -> Iterator[Link]:
    if not unit.flag("Socket", "Accept", default=False):
        yield from _triggered(unit, "Socket", "Service")
    entry = unit.last("Socket", "BindToDevice")
    if entry is not None and "/" not in entry.value and entry.value != "lo":
        name = for_path(f"/sys/subsystem/net/devices/{entry.value}", "device")
        yield from adding(unit, name, "BindsTo After", "BindToDevice=", entry)


def _service(unit: Unit) -> Iterator[Link]:
    for entry in unit.all("Service", "Sockets"):
        for name in words_of(unit, entry):
            if (parts := split(name)) is not None and parts.type == "socket":
                yield from adding(unit, name, "Wants After", "Sockets=", entry)
    bus = unit.last("Service", "BusName")
    kind = unit.last("Service", "Type")
    if (kind is not None and kind.value == "dbus") or (kind is None and bus is not None):
        yield from adding(unit, "dbus.socket", "Requires After", "a service of Type=dbus needs the bus", kind or bus)


def _automount(unit: Unit) -> Iterator[Link]:
    entry = unit.last("Automount", "Where")
    where = normalized(entry.value) if entry is not None else None
    if where is not None:
        why = "automounts come before what they mount"
        yield from adding(unit, for_path(where, "mount"), "Before Triggers", why, entry)


_OF_TYPE: dict[str, Callable[[Unit], Iterator[Link]]] = {
    "socket": _socket,
    "service": _service,
    "timer": lambda unit: _triggered(unit, "Timer", "Unit"),
    "path": lambda unit: _triggered(unit, "Path", "Unit"),
    "automount": _automount,
}
