"""A host with modular daemons and guests that run: their pools are lost, and the daemons restarted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from tests.live.host.modular import DRIVERS, Modular
from tests.live.host.tierdeps import command
from tests.live.host.volumes import Volumes
from tests.live.host.world import World, until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    import libvirt

#: In the order in which one needs another, and the hypervisor last.
DAEMONS = ("secret", "storage", "qemu")
GRAPH = """
[tiers]
order = ["core", "hypervisor"]

[drivers.virtsecretd]
tier = "core"
command = ["{programs}/virtsecretd", "--daemon"]
ready = "exit"

[drivers.virtstoraged]
tier = "core"
requires = ["virtsecretd"]
command = ["{programs}/virtstoraged", "--daemon"]
ready = "exit"

[drivers.pools]
tier = "core"
requires = ["virtstoraged"]
command = ["{pools}"]
ready = "exit"

[drivers.virtqemud]
tier = "hypervisor"
command = ["{programs}/virtqemud", "--daemon"]
ready = "exit"
"""
START_POOLS = """#!/bin/sh
# Start every pool that is marked autostart and is not active.
connection=storage:///system
for pool in $(virsh --connect $connection pool-list --inactive --autostart --name); do
    virsh --connect $connection pool-start "$pool" || exit 1
done
"""


class Daemons:
    """A world with libvirt's modular daemons, and running guests on two pools."""

    def __init__(self, guests: int, programs: str | None = None) -> None:
        self.world = World()
        self.modular = Modular(self.world, programs)
        self.volumes = Volumes(self.world, guests)

    @classmethod
    @contextmanager
    def made(cls, guests: int, programs: str | None = None) -> Iterator[Self]:
        """Make it; all guests run."""
        daemons = cls(guests, programs)
        with daemons.world:
            daemons.modular.install()
            for driver in DAEMONS:
                daemons.modular.start(driver)
            daemons.volumes.define(daemons.storage, daemons.qemu)
            daemons._write_graph()
            daemons.repair()
            yield daemons

    @property
    def storage(self) -> libvirt.virConnect:
        """A fresh connection to virtstoraged."""
        return self.modular.connect("storage")

    @property
    def qemu(self) -> libvirt.virConnect:
        """A fresh connection to virtqemud."""
        return self.modular.connect("qemu")

    @property
    def graph(self) -> str:
        """The daemons and the pools, as tierdeps starts them."""
        return str(self.world.scratch / "daemons.toml")

    def repair(self) -> None:
        """Start all pools and guests."""
        self.volumes.bring_up(self.storage, self.qemu)

    def lose(self) -> None:
        """Lose the pools, and end the daemons; the guests run on."""
        self.volumes.lose(self.storage)
        for driver in reversed(DRIVERS):
            self.modular.stop(driver)

    def killed(self) -> frozenset[str]:
        """Return the names of the guests that do not run any more, when every daemon is up again."""
        until(lambda: set(self.modular.running()) >= set(DAEMONS), "the daemons run")
        return frozenset(self.volumes.guests) - self.volumes.running(self.qemu)

    def tierdeps(self) -> subprocess.CompletedProcess[str]:
        """Have tierdeps start the daemons, and the pools before the hypervisor."""
        return self.world.run(*command("start", "--leave-running", self.graph), within=120, check=False)

    def tierdeps_plugin(self) -> subprocess.CompletedProcess[str]:
        """Have tierdeps start all modular daemons by its drivers for libvirt, which bring up the pools as well."""
        start = "".join(
            f'[drivers.virt{name}d]\nstart = ["{self.modular.programs}/virt{name}d --daemon"]\n' for name in DRIVERS
        )
        settings = self.world.scratch / "modular.toml"
        settings.write_text(f"[defaults]\nmodular = true\n{start}")
        return self.world.run(*command("start", "--leave-running", "--config", str(settings)), within=120, check=False)

    def _write_graph(self) -> None:
        pools = self.world.scratch / "start-pools"
        pools.write_text(START_POOLS)
        pools.chmod(0o755)
        (self.world.scratch / "daemons.toml").write_text(GRAPH.format(programs=self.modular.programs, pools=pools))
