"""libvirt's modular daemons: each driver in a process of its own, which may be there or not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.live.host.world import until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable

    import libvirt

    from tests.live.host.world import World

SCRIPT = Path(__file__).with_name("modular.sh")
DRIVERS = ("secret", "network", "nwfilter", "nodedev", "interface", "storage", "qemu", "lxc")


class Modular:
    """Debian's libvirtd once per driver, or daemons that were built: ``programs`` is the folder that has them."""

    def __init__(self, world: World, programs: str | None = None) -> None:
        self._world = world
        self.built = programs

    def install(self) -> None:
        """Make the programs, where they were not built, and start virtlogd, which they write by."""
        if self.built is None:
            self._world.run("bash", str(SCRIPT), str(self._place), *DRIVERS)
        self._world.run("virtlogd", "--daemon")

    @property
    def programs(self) -> str:
        """The folder in which the daemons are."""
        return self.built or f"{self._place}/bin"

    def start(self, driver: str) -> None:
        """Start a driver's daemon, and return when it answers."""
        self._world.run(f"{self.programs}/virt{driver}d", "--daemon")

    def begin(self, driver: str) -> subprocess.Popen[str]:
        """Start a driver's daemon, and go on."""
        return self._world.start(f"{self.programs}/virt{driver}d", "--daemon")

    def stop(self, driver: str, signal: str = "TERM") -> None:
        """End a driver's daemon, if it runs; guests and networks live on."""
        pid = self.pid(driver)
        if pid is not None:
            self._world.signal(signal, pid)
            until(lambda: not self._world.lives(pid), f"virt{driver}d ends")

    def pid(self, driver: str) -> int | None:
        """Return the number of a driver's daemon, while it runs."""
        file = self._world.path(f"/run/virt{driver}d.pid")
        said = file.read_text().strip() if file.exists() else ""
        return int(said) if said and self._world.lives(int(said)) else None

    def running(self) -> Iterable[str]:
        """Return the names of the drivers whose daemon runs."""
        return [driver for driver in DRIVERS if self.pid(driver) is not None]

    def connect(self, driver: str) -> libvirt.virConnect:
        """Open a connection to a driver's daemon from outside of the world."""
        import libvirt

        libvirt.registerErrorHandler(lambda *_: None, None)
        return libvirt.open(f"{driver}:///system?socket={self._world.path(self._socket(driver))}")

    def _socket(self, driver: str) -> str:
        # a link would be followed outside of the world
        return f"/run/libvirt/virt{driver}d-sock" if self.built else f"{self._place}/virt{driver}d/libvirt-sock"

    @property
    def _place(self) -> Path:
        return self._world.scratch / "modular"
