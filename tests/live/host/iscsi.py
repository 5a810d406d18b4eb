"""A real iSCSI target of the world, behind CHAP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.live.host.world import until

if TYPE_CHECKING:
    from tests.live.host.world import World

TARGET = "iqn.2026-11.test.tierdeps:disks"
USER, PASSWORD = "libvirt", b"of twelve and more"
PID = "/run/tgtd.pid"


class Iscsi:
    """Debian's tgtd, with one disk of 8 MiB."""

    def __init__(self, world: World) -> None:
        self._world = world

    def start(self) -> None:
        """Start it, if it does not run, and let nobody in without the password."""
        if self._answers():
            return
        disk = self._world.scratch / "iscsi.img"
        self._world.run("truncate", "--size", "8M", str(disk))
        self._world.run("tgtd", "--pid-file", PID)
        until(self._answers, "tgtd answers")
        self._admin("target", "new", "--tid", "1", "--targetname", TARGET)
        self._admin("logicalunit", "new", "--tid", "1", "--lun", "1", "--backing-store", str(disk))
        self._admin("target", "bind", "--tid", "1", "--initiator-address", "ALL")
        self._admin("account", "new", "--user", USER, "--password", PASSWORD.decode())
        self._admin("account", "bind", "--tid", "1", "--user", USER)

    def stop(self) -> None:
        """Kill it: nobody gets at a disk."""
        pid = int(self._world.path(PID).read_text())
        self._world.signal("KILL", pid)
        until(lambda: not self._world.lives(pid), "tgtd ends")

    def _answers(self) -> bool:
        return self._world.run("tgtadm", "--mode", "sys", "--op", "show", check=False).returncode == 0

    def _admin(self, mode: str, operation: str, *arguments: str) -> None:
        self._world.run("tgtadm", "--lld", "iscsi", "--mode", mode, "--op", operation, *arguments)
