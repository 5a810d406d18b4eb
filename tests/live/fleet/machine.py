"""One machine of a fleet: its libvirtd, what is defined there, its worker, and a loss of power."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tests.live.fleet.run import LONG_S
from tests.live.host import objects
from tests.live.host.firmware import assemble
from tests.live.host.libvirtd import Libvirtd
from tests.live.host.processes import Process, guests_of
from tests.live.host.tierdeps import command
from tests.live.host.world import World, until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Collection, Iterable, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    import libvirt

POOL, NETWORK, BRIDGE = "ceph", "dmz", "tdbr1"
PROGRAMS_END = ("bash", "-c", "kill -KILL -1")
#: What a boot finds: nothing of the last one, and libvirtd starts nothing by itself.
BOOTED = f"""
rm -rf /run/*
mkdir -p /run/lock /run/ceph /run/libvirt/{{network,qemu,storage}}
touch /run/libvirt/{{network,qemu,storage}}/autostarted
chown ceph:ceph /run/ceph
ip link delete {BRIDGE} 2> /dev/null || true
"""


class Machine:
    """Its disks are folders in memory, so what it holds survives a loss of power, but not the world."""

    def __init__(self, name: str, world: World, guests: Iterable[str]) -> None:
        self.name = name
        self.world = world
        self.libvirtd = Libvirtd(world)
        self.names = tuple(guests)
        self._worker: subprocess.Popen[str] | None = None

    def define(self, key: bytes, monitors: Collection[str]) -> None:
        """Define a secret, a pool in Ceph, a network and the guests, all marked and down."""
        firmware = assemble(self.world)
        connection = self.connect()
        connection.secretDefineXML(objects.secret()).setValue(key)
        connection.storagePoolDefineXML(objects.ceph_pool(POOL, *monitors)).setAutostart(1)
        connection.networkDefineXML(objects.network(NETWORK, BRIDGE)).setAutostart(1)
        for name in self.names:
            devices = (objects.ceph_disk(f"rbd/{name}", *monitors), objects.interface(NETWORK))
            connection.defineXML(objects.guest(name, firmware, *devices)).setAutostart(1)

    def connect(self) -> libvirt.virConnect:
        """Open a connection to all of its libvirt."""
        return self.libvirtd.connect()

    def guests(self) -> Mapping[str, Process]:
        """Return the names of the running guests, each with its process."""
        return guests_of(self.world)

    def start_worker(self, *options: str) -> None:
        """Start the worker; it registers when it can."""
        (self.world.scratch / "tierdeps.toml").write_text("[defaults]\nfacts_timeout = 25\n")
        words = command("worker", f"--host-name={self.name}", *options)
        with self._log.open("w") as log:
            self._worker = self.world.start(*words, output=log)

    def until_registered(self) -> None:
        """Wait until the worker that was started last has registered."""
        until(lambda: "registered at" in self._log.read_text(), f"the worker of {self.name} has registered", LONG_S)

    @property
    def _log(self) -> Path:
        return self.world.scratch / "worker.log"

    def programs(self) -> AbstractSet[str]:
        """Return the names of all programs that run there; the kernel keeps 15 characters of each."""
        found = set()
        for file in self.world.path("/proc").glob("[0-9]*/comm"):
            with suppress(OSError):  # it has ended since it was listed
                found.add(file.read_text().strip())
        return found

    def lose_power(self) -> None:
        """End every process of the machine at once."""
        self.world.run(*PROGRAMS_END, check=False)
        self.wait()
        until(lambda: not self.guests(), "no guest runs")

    def wait(self) -> None:
        """Wait for the worker, which has ended with the other processes."""
        if self._worker is not None:
            self._worker.wait()

    def boot(self) -> None:
        """Start it again, with what was written to disks: all but its worker."""
        self.world.run("bash", "-euc", BOOTED)
        self.libvirtd.start()
