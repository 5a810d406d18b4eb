"""The start of an object is held, so that a test can do something in the middle of it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.live.host.world import PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.host.world import World

SCRIPT = Path(__file__).with_name("hook.sh")
FOLDER = "/run/tierdeps-hold"


class Hold:
    """Works by libvirt's hooks, which a start waits for; libvirtd looks for them once, when it starts."""

    def __init__(self, world: World) -> None:
        self._world = world

    def install(self) -> None:
        """Put the hooks in place: libvirtd must be restarted before the first start is held."""
        self._world.run("mkdir", "-p", FOLDER, "/etc/libvirt/hooks")
        for driver in ("network", "qemu"):
            self._world.run("install", str(SCRIPT), f"/etc/libvirt/hooks/{driver}")

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """Hold the start of the network or guest of this name until the block ends, however it ends."""
        file = self._file(name)
        file.touch()
        try:
            yield
        finally:
            file.unlink()
            self._file(f"{name}.reached").unlink(missing_ok=True)

    def wait_for(self, name: str, within: float = PATIENCE) -> None:
        """Return when the start of it has come to where it is held."""
        until(self._file(f"{name}.reached").exists, f"the start of {name} is held", within)

    def _file(self, name: str) -> Path:
        return self._world.path(f"{FOLDER}/{name}")
