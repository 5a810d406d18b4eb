"""Modular daemons, one for each driver: which there are, which run, and which may be asked without harm.

A client takes a daemon's own socket where that is there, and else libvirtd's (libvirt 7.0.0, remote_sockets.c:
remoteGetUNIXSocket). With systemd the sockets are there before the daemons, and a connection starts the daemon. A
hypervisor's daemon that starts looks for its running guests, and kills those whose pools are not active.
"""

from __future__ import annotations

from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tierdeps import RunError, Value
from tierdeps_libvirt._deadline import Answers, NoAnswerError
from tierdeps_libvirt._markup import MalformedError, RefusedError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tierdeps import Context
    from tierdeps_libvirt._library import Library
    from tierdeps_libvirt._markup import Element

#: Where the guests' drivers are, and the daemons that serve them.
GUESTS = {"qemu:///system": "virtqemud", "lxc:///system": "virtlxcd", "xen:///system": "virtxend"}
#: The daemon that kills running guests whose pools are not active.
KILLER = "virtqemud"
STORAGE = "storage:///system"
#: The interval of checks, and the end of a call's time that is reserved for reporting, in seconds.
POLL_S, RESERVE_S = 0.2, 1.0
_PLACES = ("usr/sbin", "usr/bin", "usr/local/sbin")
_SOCKETS, _STATUS, _MARKED = "run/libvirt", "run/libvirt/qemu", "etc/libvirt/qemu/autostart"


class Daemons(Value):
    """The daemons of the host whose files are below ``root``."""

    root: Path

    def has_socket(self, name: str) -> bool:
        """Return whether a daemon's own socket is there."""
        return (self.root / _SOCKETS / f"{name}-sock").exists()

    @property
    def has_common_socket(self) -> bool:
        """Return whether the socket is there at which libvirtd answers for all, or starts to."""
        return (self.root / _SOCKETS / "libvirt-sock").exists()

    def is_installed(self, name: str) -> bool:
        """Return whether a daemon is on this host."""
        return self.has_socket(name) or any((self.root / place / name).exists() for place in _PLACES)

    def runs(self, name: str) -> bool:
        """Return whether a daemon runs, by its file with its process's number."""
        try:
            number = int((self.root / "run" / f"{name}.pid").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return False
        return (self.root / "proc" / str(number)).exists()

    def is_monolithic(self, name: str) -> bool:
        """Return whether libvirtd answers in a daemon's place."""
        return self.has_common_socket and not self.has_socket(name) and not self.are_modular

    @property
    def are_modular(self) -> bool:
        """Return whether this host has modular daemons, and no libvirtd."""
        names = ("virtsecretd", "virtstoraged", "virtnetworkd", *GUESTS.values())
        if self.runs("libvirtd"):
            return False
        if any(self.has_socket(name) for name in names):
            return True
        return not self.is_installed("libvirtd") and any(self.is_installed(name) for name in names)

    def may_open(self, uri: str) -> bool:
        """Return whether a connection starts no daemon of a hypervisor."""
        name = GUESTS.get(uri)
        return name is None or not self.has_socket(name) or self.runs(name)

    def definitions(self) -> Iterator[Element]:
        """Yield the guests of QEMU that run or are marked, without asking its daemon."""
        for folder in (_STATUS, _MARKED):
            for file in sorted((self.root / folder).glob("*.xml")):
                try:
                    found = parse(file.read_bytes())
                except (OSError, MalformedError, RefusedError):  # it says nothing of the others
                    continue
                yield from (found,) if found.name == "domain" else found.all("domain")

    def have_pools_started(self) -> bool:
        """Have libvirtd start the pools that are marked once more, if guests run on any; return whether that is so.

        It starts them before it looks for its guests (libvirt 5.2.0, 07a9c8bae8), but only once in a boot, which it
        remembers in a file (libvirt 5.9.0, ee16a195d9: virDriverShouldAutostart).
        """
        file = self.root / "run/libvirt/storage/autostarted"
        if not self.pools_in_use() or not file.exists():
            return False
        file.unlink(missing_ok=True)
        return True

    def pools_in_use(self) -> Mapping[str, list[str]]:
        """Return the pools on whose volumes guests of QEMU run, each with these guests."""
        found: dict[str, list[str]] = {}
        for file in sorted((self.root / _STATUS).glob("*.xml")):
            try:
                status = parse(file.read_bytes())
            except (OSError, MalformedError, RefusedError):
                continue
            for source in status.all("domain/devices/disk/source"):
                if source.get("pool"):
                    found.setdefault(source.get("pool"), []).append(status.said("domain/name") or file.stem)
        return found


def await_pools(library: Library, daemons: Daemons, context: Context) -> None:
    """Wait until the pools of running guests are active, before what kills these otherwise is started.

    Raises RunError, naming the guests, where they do not come up.
    """
    in_use = daemons.pools_in_use()
    end = monotonic() + context.remaining - min(RESERVE_S, context.remaining / 2)
    while down := _inactive_pools(library, in_use, end):
        if context.cancelled or monotonic() >= end:
            guests = "; ".join(f"{', '.join(sorted(set(in_use[pool])))} on pool {pool}" for pool in down)
            raise RunError(
                f"{KILLER} is not started: it kills running guests whose pools are not active, and there are {guests};"
                " start these pools"
            )
        sleep(POLL_S)


def _inactive_pools(library: Library, in_use: Mapping[str, list[str]], end: float) -> list[str]:
    """Return those of the pools that are not active, or of which that is unknown when the time ends."""
    if not in_use:
        return []
    answers = Answers("tierdeps asks libvirt")
    try:
        return answers.ask(partial(_inactive, library, in_use), max(0.0, end - monotonic()))
    except NoAnswerError:
        return sorted(in_use)
    finally:
        answers.close()


def _inactive(library: Library, in_use: Mapping[str, list[str]]) -> list[str]:
    try:
        connection = library.open(STORAGE)
    except library.libvirtError:
        return sorted(in_use)
    down = []
    try:
        for pool in sorted(in_use):
            try:
                if not connection.storagePoolLookupByName(pool).isActive():  # type: ignore[attr-defined]  # by name
                    down.append(pool)
            except library.libvirtError:
                down.append(pool)
    finally:
        connection.close()
    return down


def refuse_early_hypervisors(commands: tuple[tuple[str, ...], ...]) -> None:
    """Raise RunError for commands that would start a hypervisor's daemon before the pools."""
    for command in commands:
        name = command[0].rpartition("/")[2]
        if name in GUESTS.values():
            raise RunError(
                f"the setting start names {name}, which would be started before the pools of running guests are"
                f" active; name it in [drivers.{name}]"
            )
