"""A real Ceph of the world: one monitor, one OSD in memory, CephX at every door."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

from tests.live.host.world import until

if TYPE_CHECKING:
    from tests.live.host.world import World

SCRIPT = Path(__file__).with_name("ceph.sh")
MONITOR = ("127.0.0.1", "16789")
IMAGE = "rbd/image"


class Ceph:
    """Is made once; its monitor can go and come back."""

    def __init__(self, world: World) -> None:
        self._world = world

    def start(self) -> None:
        """Make and start it, with a pool, an image and a user for libvirt."""
        self._world.run("bash", str(SCRIPT), str(self._folder), within=90)

    @property
    def _folder(self) -> Path:
        return self._world.scratch / "ceph"

    @property
    def key(self) -> bytes:
        """The key of libvirt's user, as a secret holds it."""
        return base64.b64decode((self._folder / "libvirt.key").read_text())

    def stop_monitor(self) -> None:
        """Kill the monitor: nobody gets at anything that is not open."""
        pid = self._monitor
        self._world.signal("KILL", pid)
        until(lambda: not self._world.lives(pid), "the monitor ends")

    def start_monitor(self) -> None:
        """Bring it back, if it is gone."""
        if not self._world.lives(self._monitor):
            self._world.run("ceph-mon", "-i", "a")

    @property
    def _monitor(self) -> int:
        return int((self._folder / "run" / "mon.a.pid").read_text())
