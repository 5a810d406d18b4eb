"""Default dependencies: those that ``DefaultDependencies=no`` turns off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_boot.systemd.implicit.adding import adding
from tierdeps_boot.systemd.implicit.storage import is_extrinsic, is_network, options_of
from tierdeps_boot.systemd.units import PERPETUAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tierdeps_boot.systemd.links import Link
    from tierdeps_boot.systemd.units import Unit

_REASON = "a default dependency, DefaultDependencies=yes"
_SYSINIT = (("sysinit.target", "Requires After"),)
_SHUTDOWN = (("shutdown.target", "Conflicts Before"),)
_UMOUNT = (("umount.target", "Conflicts Before"),)
#: What units of a type have by default, whatever they say.
_OF_TYPE: dict[str, tuple[tuple[str, str], ...]] = {
    "service": (*_SYSINIT, ("basic.target", "After"), *_SHUTDOWN),
    "socket": (("sockets.target", "Before"), *_SYSINIT, *_SHUTDOWN),
    "timer": (("timers.target", "Before"), *_SYSINIT, *_SHUTDOWN),
    "path": (("paths.target", "Before"), *_SYSINIT, *_SHUTDOWN),
    "target": _SHUTDOWN,
    "slice": _SHUTDOWN,
    "scope": _SHUTDOWN,
    "automount": (("local-fs-pre.target", "After"), ("local-fs.target", "Before"), *_UMOUNT),
    "swap": _UMOUNT,
}


def links(unit: Unit) -> Iterator[Link]:
    """Yield the default dependencies of a unit."""
    if not unit.default_dependencies or unit.name in PERPETUAL:
        return
    for target, verbs in _OF_TYPE.get(unit.type, ()):
        yield from adding(unit, target, verbs, _REASON)
    if (more := _MORE.get(unit.type)) is not None:
        yield from more(unit)


def _timer(unit: Unit) -> Iterator[Link]:
    for entry in unit.listed("Timer", "OnCalendar")[:1]:
        for target in ("time-set.target", "time-sync.target"):
            yield from adding(unit, target, "After", "a timer with OnCalendar= comes after the clock is set", entry)


def _swap(unit: Unit) -> Iterator[Link]:
    if "nofail" not in options_of(unit):
        yield from adding(unit, "swap.target", "Before", _REASON)


def _mount(unit: Unit) -> Iterator[Link]:
    if is_extrinsic(unit):
        return
    nofail = "nofail" in options_of(unit)
    if is_network(unit):
        yield from adding(unit, "remote-fs-pre.target", "After", _REASON)
        yield from adding(unit, "network.target", "After", _REASON)
        yield from adding(unit, "network-online.target", "Wants After", _REASON)
        kind = "remote-fs.target"
    else:
        yield from adding(unit, "local-fs-pre.target", "After", _REASON)
        kind = "local-fs.target"
    if not nofail:
        yield from adding(unit, kind, "Before", _REASON)
    yield from adding(unit, "umount.target", "Conflicts Before", _REASON)
    entry = unit.last("Mount", "Type")
    if entry is not None and entry.value == "tmpfs":
        yield from adding(unit, "swap.target", "After", "a tmpfs is unmounted before swaps are turned off", entry)


_MORE: dict[str, Callable[[Unit], Iterator[Link]]] = {"timer": _timer, "swap": _swap, "mount": _mount}
