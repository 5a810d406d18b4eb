"""libvirt on two machines from a third one, without workers: over TLS, and over ssh."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.fleet.certificates import Authority
from tests.live.fleet.lan import Lan
from tests.live.host import objects, refusal
from tests.live.host.firmware import assemble
from tests.live.host.libvirtd import Libvirtd
from tests.live.host.processes import Process, guests_of
from tests.live.host.tierdeps import command
from tests.live.host.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.live

HOSTS = ("kvm1", "kvm2")
SSH = Path(__file__).parent / "fleet" / "ssh.sh"
URIS = {"tls": "qemu+tls://{host}/system", "ssh": "qemu+ssh://root@{host}/system"}
SETTINGS = """
[defaults]
guests = "shutdown"
"""
GRAPH = """
[hosts]
all = ["kvm1", "kvm2"]

[drivers.network]
hosts = "all"
phases = ["initialize", "autostart"]
on_failure = "isolate"
lifecycle = "tierdeps_libvirt.network:NetworkLifecycle"

[drivers.pool]
hosts = "all"
phases = ["initialize", "autostart"]
on_failure = "isolate"
lifecycle = "tierdeps_libvirt.storage:StorageLifecycle"

[drivers.guests]
hosts = "all"
phases = ["initialize", "autostart"]
requires = ["network@{host}", "pool@{host}"]
on_failure = "isolate"
lifecycle = "tierdeps_libvirt.qemu:QemuLifecycle"
"""


class Machines:
    """A hub without libvirt, and two machines whose libvirtd it reaches over the network."""

    def __init__(self) -> None:
        self.hub = World()
        self.lan = Lan(self.hub)
        self.worlds: dict[str, World] = {}
        self.libvirtds: dict[str, Libvirtd] = {}

    def make(self) -> None:
        """Make the network, certificates and keys, and start all servers; what is defined is down."""
        self.lan.make()
        authority = Authority()
        authority.install(self.hub, "client", "hub")
        subprocess.run(("/bin/bash", str(SSH), "fetch", str(self.hub.scratch)), check=True)
        self.hub.run("bash", str(SSH), "use", str(self.hub.scratch))
        with self.hub.path("/etc/hosts").open("a") as names:
            names.writelines(f"{self.lan.add(host, world)} {host}\n" for host, world in self.worlds.items())
        for host, world in self.worlds.items():
            authority.install(world, "server", host)
            world.run("bash", str(SSH), "serve", str(self.hub.scratch))
            self.libvirtds[host] = Libvirtd(world, "--listen")
            self.libvirtds[host].start()
            self._define(host)
        (self.hub.scratch / "fleet.toml").write_text(GRAPH)
        (self.hub.scratch / "tierdeps.toml").write_text(SETTINGS)

    def _define(self, host: str) -> None:
        connection, world = self.libvirtds[host].connect(), self.worlds[host]
        disks = world.scratch / "disks"
        disks.mkdir()
        pool = connection.storagePoolDefineXML(objects.folder_pool("disks", disks))
        pool.create()
        pool.createXML(objects.volume("disk"))
        pool.destroy()
        pool.setAutostart(1)
        connection.networkDefineXML(objects.network("dmz", "tdbr1")).setAutostart(1)
        devices = (objects.volume_disk("disks", "disk"), objects.interface("dmz"))
        connection.defineXML(objects.guest(f"app-{host}", assemble(world), *devices)).setAutostart(1)

    def start(self, way: str, *options: str) -> Mapping[str, dict[str, Any]]:
        """Start the graph from the hub; return the outcome of each driver."""
        words = ("start", "fleet.toml", "--uri", URIS[way], "--format=json", *options)
        done = self.hub.run(*command(*words), check=False)
        report = json.loads(done.stdout.splitlines()[-1])
        assert report["schema"] == "tierdeps/report/1", done.stderr
        return {outcome["driver"]: outcome for outcome in report["outcomes"]}

    def destroy_guests(self) -> None:
        """Turn off what runs."""
        for libvirtd in self.libvirtds.values():
            for guest in libvirtd.connect().listAllDomains():
                if guest.isActive():
                    guest.destroy()

    def guests(self) -> Mapping[str, Mapping[str, Process]]:
        """Return the running guests of each machine."""
        return {host: guests_of(world) for host, world in self.worlds.items()}


@pytest.fixture(scope="module")
def made() -> Iterator[Machines]:
    """Make two machines that are reached over TLS and ssh."""
    reason = refusal()
    if reason is not None:
        pytest.skip(reason)
    found = Machines()
    with found.hub, World() as first, World() as second:
        found.worlds.update(zip(HOSTS, (first, second), strict=True))
        found.make()
        yield found


@pytest.fixture
def machines(made: Machines) -> Iterator[Machines]:
    """Return the machines; no guest is left for the next test, also if this one fails."""
    yield made
    made.destroy_guests()


def states(outcomes: Mapping[str, dict[str, Any]]) -> set[str]:
    return {outcome["state"] for outcome in outcomes.values()}


@pytest.mark.parametrize("way", URIS)
def test_each_host_is_started_and_stopped_over_its_own_connection(machines: Machines, way: str) -> None:
    outcomes = machines.start(way, "--once")
    assert states(outcomes) <= {"ready", "adopted"}, outcomes  # pools and networks stay up
    assert {(outcomes[f"guests@{host}"]["state"], outcomes[f"guests@{host}"]["stopped"]) for host in HOSTS} == {
        ("ready", True)
    }
    assert not any(machines.guests().values())

    machines.start(way, "--leave-running")
    before = machines.guests()
    assert {host: {*guests} for host, guests in before.items()} == {host: {f"app-{host}"} for host in HOSTS}
    assert states(machines.start(way, "--leave-running")) == {"adopted"}
    assert machines.guests() == before


@pytest.mark.parametrize("way", URIS)
def test_a_host_that_is_cut_off_keeps_no_other_from_its_start(machines: Machines, way: str) -> None:
    machines.lan.cut("kvm2")
    try:
        outcomes = machines.start(way, "--leave-running", "--timeout=12")
    finally:
        machines.lan.join("kvm2")
    of_kvm1 = {name: outcome for name, outcome in outcomes.items() if name.endswith("@kvm1")}
    assert states(of_kvm1) <= {"ready", "adopted"}, outcomes
    for name in ("network@kvm2", "pool@kvm2"):
        assert outcomes[name]["state"] == "failed"
        assert URIS[way].replace("{host}", "kvm2") in outcomes[name]["reason"]
    assert outcomes["guests@kvm2"]["state"] == "blocked"
    assert machines.guests()["kvm1"]
    assert not machines.guests()["kvm2"]
