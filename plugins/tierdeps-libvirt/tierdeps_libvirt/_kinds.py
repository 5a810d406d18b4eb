"""The kinds of objects that libvirt starts: how each is listed, what its start depends on, and when it is up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from tierdeps import Value, replace
from tierdeps_libvirt._once import is_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps_libvirt._library import Connection, Guest, Library, Startable
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._ready import Ready

#: Types of pools whose storage is elsewhere, or may appear late on this host.
OUTSIDE_POOLS = frozenset({"gluster", "iscsi", "iscsi-direct", "netfs", "rbd", "scsi", "sheepdog", "vstorage"})
#: Types of networks that use a device of the host, which libvirt does not create.
OUTSIDE_NETWORKS = frozenset({"bridge", "hostdev", "passthrough", "private", "vepa"})
#: Types of a guest's disks and interfaces that are devices of the host.
HOST_DEVICES = {"disk": frozenset({"block", "nvme", "vhostvdpa"}), "interface": frozenset({"hostdev", "vdpa"})}
#: The states of a domain that does not run, and the reasons of a pause that are failures (libvirt-domain.h).
PAUSED, SHUTDOWN, CRASHED = 3, 4, 6
BROKEN = {5: "for an I/O error", 6: "by its watchdog", 10: "after a crash"}
#: Why a domain is shut off; which of these are failures; and which one means that it must not run here any more.
ENDINGS = {
    1: "it shut down",
    2: "it was destroyed",
    3: "it crashed",
    4: "it was migrated to another host",
    5: "it was saved",
    6: "it failed to start",
    7: "it was reverted to a snapshot",
    8: "libvirt stopped it",
}
FAILURES, MIGRATED = frozenset({3, 6, 8}), 4
#: Which objects that went down are started again.
NO, ON_FAILURE, ALWAYS = RESTARTS = ("no", "on-failure", "always")
#: The flags of lists of domains, and of networks and pools (libvirt-domain.h and others).
ACTIVE_DOMAINS, PAUSED_OR_OTHER, ACTIVE = 1, 32 | 128, 2


class Ending(Value):
    """Why an object does not work, empty if it does; whether that is a failure, and whether a start may help."""

    why: str = ""
    is_failure: bool = False
    can_start: bool = False


#: Nothing says yet why it goes down.
GOING_DOWN = Ending("it is being shut down", can_start=True)


def _none(_: object) -> None:
    """Return that there is no condition."""


def _works(_: object) -> Ending:
    """Return that nothing is wrong."""
    return Ending()


class Kind(Value):
    """Networks, pools or domains.

    ``listing`` and ``look_up`` are methods of a connection, ``marked`` is the flag with which the list has only what
    is marked autostart. ``outside`` tells from a definition whether the start depends on what is outside this host;
    ``fault`` says what is wrong with an object that was started, or nothing. ``settles`` is how many seconds one has
    to stay up until that is believed. Those that depend on the outside are tried ``is_alongside`` the others.
    ``readiness`` returns what has to hold once one is up. ``active`` is the flag with which the list has only what is
    active, ``doubtful`` that with which it has the active ones that may not work; ``ending`` returns why one does not.
    ``restart`` says which of those that went down are started again, where the settings do not.
    """

    noun: str
    listing: str
    look_up: str
    marked: int
    outside: Callable[[Element], bool]
    fault: Callable[[Any], str]
    settles: float = 0.0
    is_alongside: bool = True
    readiness: Callable[[Any], Ready | None] = _none
    active: int = ACTIVE
    doubtful: int = 0
    ending: Callable[[Any], Ending] = _works
    restart: str = NO

    def all_of(self, connection: Connection) -> list[Startable]:
        """Return the objects that are defined, and those that run without a definition."""
        return _by_name(getattr(connection, self.listing)())

    def marked_of(self, library: Library, connection: Connection) -> list[Startable]:
        """Return the objects that are marked autostart, for every boot or for the next one."""
        marked = {item.name(): item for item in getattr(connection, self.listing)(self.marked)}
        # no flag lists the guests that are marked for one boot
        once = [item for item in self.all_of(connection) if item.name() not in marked and is_once(library, item)]
        return _by_name([*marked.values(), *once])

    def find(self, connection: Connection, name: str) -> Startable:
        """Return an object; raises libvirt's error if there is none."""
        return cast("Startable", getattr(connection, self.look_up)(name))

    def depends_on_environment(self, item: Startable) -> bool:
        """Return whether a failed start may succeed later without a change."""
        return self.outside(definition_of(item))


def definition_of(item: Startable) -> Element:
    """Return an object's definition, parsed."""
    from tierdeps_libvirt._markup import parse

    return parse(item.XMLDesc().encode())


def _by_name(items: Iterable[Startable]) -> list[Startable]:
    return sorted(items, key=lambda item: item.name())


def _pool_outside(pool: Element) -> bool:
    return pool.get("type") in OUTSIDE_POOLS


def _network_outside(network: Element) -> bool:
    forward = network.first("forward")
    return forward is not None and (bool(forward.get("dev")) or forward.get("mode") in OUTSIDE_NETWORKS)


def _domain_outside(domain: Element) -> bool:
    """Return whether a guest uses devices of the host, which may appear late."""
    given = (
        device.get("type") in types for path, types in HOST_DEVICES.items() for device in domain.all(f"devices/{path}")
    )
    return domain.first("devices/hostdev") is not None or any(given)


def _domain_readiness(guest: Startable) -> Ready | None:
    from tierdeps_libvirt._metadata import READY, ours
    from tierdeps_libvirt._ready import ready_of

    return ready_of(element for verb, element in ours(definition_of(guest)) if verb == READY)


def _inactive(item: Startable) -> str:
    return "" if item.isActive() else "libvirt started it, and it is not active"


def _inactive_ending(item: Startable) -> Ending:
    return Ending() if item.isActive() else Ending("it is not active", is_failure=True, can_start=True)


def _domain_ending(guest: Guest) -> Ending:
    """Return why a guest does not run; one that is paused for an error is left for its administrator to resume."""
    state, reason = guest.state()[:2]
    if state == CRASHED:
        return Ending("it crashed", is_failure=True)
    if guest.isActive():
        return Ending(f"it is paused {BROKEN[reason]}") if state == PAUSED and reason in BROKEN else Ending()
    if state == SHUTDOWN:
        return GOING_DOWN
    why = ENDINGS.get(reason, "it is off, and libvirt does not say why")
    # with the disk of a guest that runs on another host, it would destroy that
    return Ending(why, reason in FAILURES, bool(guest.isPersistent()) and reason != MIGRATED)


def _domain_fault(guest: Guest) -> str:
    state, reason = guest.state()[:2]
    if not guest.isActive():
        return f"it was started and is off again: {ENDINGS.get(reason, 'libvirt does not say why')}"
    if state == CRASHED:
        return "it was started and has crashed"
    if state == PAUSED and reason in BROKEN:
        return f"it was started and is paused {BROKEN[reason]}"
    return ""


POOLS = Kind(
    "pool",
    "listAllStoragePools",
    "storagePoolLookupByName",
    16,
    _pool_outside,
    _inactive,
    ending=_inactive_ending,
    restart=ON_FAILURE,
)
NETWORKS = Kind(
    "network",
    "listAllNetworks",
    "networkLookupByName",
    16,
    _network_outside,
    _inactive,
    ending=_inactive_ending,
    restart=ON_FAILURE,
)
DOMAINS = Kind(
    "domain",
    "listAllDomains",
    "lookupByName",
    1024,
    _domain_outside,
    _domain_fault,
    1.0,
    False,
    _domain_readiness,
    ACTIVE_DOMAINS,
    PAUSED_OR_OTHER,
    _domain_ending,
)
CONTAINERS = replace(DOMAINS, noun="container")
