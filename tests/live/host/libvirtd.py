"""A real libvirtd of the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.live.host.world import until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import libvirt

    from tests.live.host.world import World

PID = "/run/libvirtd.pid"
SOCKET = "/run/libvirt/libvirt-sock"
LOG = "libvirtd.log"


class Libvirtd:
    """Starts, ends and restarts; returns from each only when it is so."""

    def __init__(self, world: World, *options: str) -> None:
        self._world = world
        self._options = options

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start virtlogd, if it is not there, and libvirtd: as daemons, which return when they answer."""
        if not self._world.path("/run/virtlogd.pid").exists():
            self._world.run("virtlogd", "--daemon")
        logged = {"LIBVIRT_LOG_OUTPUTS": f"1:file:{self.log}", **(environment or {})}
        self._world.run("libvirtd", "--daemon", "--pid-file", PID, *self._options, environment=logged)

    def stop(self, signal: str = "TERM") -> None:
        """End it; guests and networks live on."""
        pid = self.pid
        if pid is not None:
            self._world.signal(signal, pid)
            until(lambda: not self._world.lives(pid), "libvirtd ends")

    def restart(self, environment: Mapping[str, str] | None = None) -> None:
        """End it and start it again: what runs it finds again, and what is marked autostart it does not look at."""
        self.stop()
        self.start(environment)

    def boot(self, environment: Mapping[str, str] | None = None) -> None:
        """End it and start it as a machine that boots does: it starts what is marked autostart itself."""
        self.stop()
        for driver in ("lxc", "network", "qemu", "storage"):
            self._world.path(f"/run/libvirt/{driver}/autostarted").unlink(missing_ok=True)
        self.start(environment)

    @property
    def pid(self) -> int | None:
        """Its number, while it runs."""
        file = self._world.path(PID)
        pid = int(file.read_text()) if file.exists() else 0
        return pid if pid and self._world.lives(pid) else None

    @property
    def log(self) -> Path:
        """What it writes what it does to: appended to at each start."""
        return self._world.scratch / LOG

    def connect(self, driver: str = "qemu") -> libvirt.virConnect:
        """Open a connection from outside of the world."""
        import libvirt

        libvirt.registerErrorHandler(lambda *_: None, None)
        return libvirt.open(f"{driver}:///system?socket={self._world.path(SOCKET)}")
