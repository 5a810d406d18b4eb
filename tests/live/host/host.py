"""The host in one piece: a world with a libvirtd and a Ceph in it, and tierdeps run there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from tests.live.host import scene
from tests.live.host.ceph import Ceph
from tests.live.host.firmware import assemble
from tests.live.host.hold import Hold
from tests.live.host.libvirtd import Libvirtd
from tests.live.host.processes import guests_of
from tests.live.host.tierdeps import command
from tests.live.host.world import World

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    import libvirt

    from tests.live.host.processes import Process

MEMORY = "/run/tierdeps-libvirt"


class Host:
    """As a context manager: made in about ten seconds, and gone with all that ran in it."""

    def __init__(self) -> None:
        self.world = World()
        self.libvirtd = Libvirtd(self.world)
        self.ceph = Ceph(self.world)
        self.hold = Hold(self.world)

    def __enter__(self) -> Self:
        self.world.__enter__()
        try:
            assemble(self.world)
            self.libvirtd.start()
            self.ceph.start()
        except BaseException:
            self.world.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.world.__exit__()

    @property
    def folder(self) -> Path:
        """Where the pool that is a folder lies."""
        return self.world.scratch / "disks"

    @property
    def firmware(self) -> Path:
        """Where all that a guest runs lies."""
        return self.world.scratch / "guest.rom"

    def connect(self) -> libvirt.virConnect:
        """Open a connection to all of libvirt."""
        return self.libvirtd.connect()

    def define(self) -> None:
        """Define the scene, all of it down."""
        scene.define(self.connect(), self.folder, self.firmware, self.ceph.key)

    def active(self) -> frozenset[str]:
        """Name all that is up, with a fresh connection."""
        return scene.active(self.connect())

    def bring_down(self) -> None:
        """Bring everything down, and have tierdeps know no more of what ran than after a boot."""
        scene.bring_down(self.connect())
        self.world.run("rm", "-rf", MEMORY)

    def guests(self) -> dict[str, Process]:
        """Return the names of the running guests, each with its process."""
        return guests_of(self.world)

    def fix(self) -> None:
        """Bring back what a test removed: libvirtd, the monitor, the folder of the pool."""
        if self.libvirtd.pid is None:
            self.libvirtd.start()
        self.ceph.start_monitor()
        self.folder.mkdir(exist_ok=True)

    def tierdeps(self, *arguments: str, within: float = 120) -> subprocess.CompletedProcess[str]:
        """Run tierdeps on the host, with the plugin for libvirt alone."""
        return self.world.run(*command(*arguments), within=within, check=False)

    def start_tierdeps(self, *arguments: str, journal: str = "") -> subprocess.Popen[str]:
        """Start it, and go on; with a journal of its own it knows nothing of the other ones that run."""
        environment = {"XDG_STATE_HOME": str(self.world.scratch / journal)} if journal else {}
        return self.world.start(*command(*arguments), environment=environment)
