"""The whole site: machines on a network, and the host of the start, with the scheduler, in a world of its own."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from tests.live.fleet.ceph import FleetCeph
from tests.live.fleet.lan import HUB, Lan
from tests.live.fleet.machine import Machine
from tests.live.host.tierdeps import ROOT, command
from tests.live.host.world import World
from tierdeps.engines import TlsFiles

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path

GRAPH = ROOT / "graphs" / "fleet-libvirt.toml"
GUESTS = {"kvm1": ("app1", "web1"), "kvm2": ("app2", "web2"), "kvm3": ("app3", "web3")}
SCHEDULER = f"tls://{HUB}:8786"
SETTINGS = """disable = ["mgr"]

[defaults]
guests = "shutdown"
shutdown_timeout = 3
destroy = true
"""
LEASE = 12.0


class Site:
    """As a context manager: made in about a minute, and gone with all that ran in it; all is down, and defined."""

    def __init__(self) -> None:
        self.hub = World()
        self.lan = Lan(self.hub)
        self.machines: dict[str, Machine] = {}
        self.addresses: dict[str, str] = {}
        self.tls = TlsFiles("", "", "")
        self._scheduler: subprocess.Popen[str] | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack as stack:
            self._make(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _make(self, stack: ExitStack) -> None:
        stack.callback(self._wait)
        stack.enter_context(self.hub)
        self.lan.make()
        for name, guests in GUESTS.items():
            world = stack.enter_context(World())
            self.addresses[name] = self.lan.add(name, world)
            self.machines[name] = Machine(name, world, guests)
        names = "".join(f"{address} {name}\n" for name, address in self.addresses.items())
        for world in (self.hub, *(machine.world for machine in self.machines.values())):
            with world.path("/etc/hosts").open("a") as hosts:
                hosts.write(names)
        worlds = {name: machine.world for name, machine in self.machines.items()}
        images = [guest for each in GUESTS.values() for guest in each]
        key = FleetCeph(worlds, self.addresses, self.hub.scratch).make(images)
        for machine in self.machines.values():
            machine.libvirtd.start()
            machine.define(key, tuple(self.addresses.values()))
        (self.hub.scratch / "tierdeps.toml").write_text(SETTINGS)
        self.tls = _tls(self.hub.scratch)
        self._scheduler = self._started_scheduler()
        for name in self.machines:
            self.start_worker(name)

    @property
    def options(self) -> Sequence[str]:
        """The options of commands that connect to others."""
        tls = (f"--tls-ca={self.tls.ca}", f"--tls-cert={self.tls.cert}", f"--tls-key={self.tls.key}")
        return (f"--scheduler={SCHEDULER}", *tls)

    def _started_scheduler(self) -> subprocess.Popen[str]:
        tls = (f"--tls-ca-file={self.tls.ca}", f"--tls-cert={self.tls.cert}", f"--tls-key={self.tls.key}")
        where = ("--host", f"tls://{HUB}", "--port=8786", "--dashboard-address=127.0.0.1:0")
        words = (sys.executable, "-m", "distributed.cli.dask_scheduler", *where, *tls)
        with (self.hub.scratch / "scheduler.log").open("w") as log:
            return self.hub.start(*words, output=log)

    def _wait(self) -> None:
        """Wait for what has ended with the worlds."""
        if self._scheduler is not None:
            self._scheduler.wait()
        for machine in self.machines.values():
            machine.wait()

    def start_worker(self, name: str) -> None:
        """Start the worker of a machine."""
        self.machines[name].start_worker(f"--listen={self.addresses[name]}", f"--lease={LEASE}", *self.options)

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start the graph from the hub, in the foreground; events come as JSON."""
        words = ("start", "--engine=dask", *self.options, "--format=json", "--stop-timeout=90", *options, str(GRAPH))
        return self.hub.start(*command(*words))

    def tierdeps(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command on the graph, on the hub."""
        return self.hub.run(*command(*words, str(GRAPH)), within=180, check=False)


def _tls(folder: Path) -> TlsFiles:
    from tierdeps.engines.fleet.security import temporary_files

    made = temporary_files()
    paths = {name: folder / f"{name}.pem" for name in TlsFiles.__struct_fields__}
    for name, path in paths.items():
        path.write_text(getattr(made, name), encoding="ascii")
    return TlsFiles(**{name: str(path) for name, path in paths.items()})
