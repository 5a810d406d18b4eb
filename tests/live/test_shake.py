"""The dependency that cost guests, removed from the declaration, is found on a real host and written down again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.live.host import Host

pytestmark = pytest.mark.live

#: The drivers of the scene; ``qemu`` declares nothing of the pools that its guests have their disks in.
GRAPH = """\
[drivers.secret]
phases = ["initialize"]
lifecycle = "tierdeps_libvirt.secret:SecretLifecycle"

[drivers.network]
phases = ["initialize", "autostart"]
lifecycle = "tierdeps_libvirt.network:NetworkLifecycle"

[drivers.storage]
phases = ["initialize", "autostart"]
lifecycle = "tierdeps_libvirt.storage:StorageLifecycle"
requires = ["secret"]

[drivers.qemu]
phases = ["initialize", "autostart"]
lifecycle = "tierdeps_libvirt.qemu:QemuLifecycle"
requires = ["secret", { on = "network", phase = "autostart" }]
"""
#: Stopping the drivers leaves libvirt's objects as they are.
RESET = """\
for guest in app db web; do virsh -c qemu:///system destroy $guest; done
for network in dmz lan; do virsh -c qemu:///system net-destroy $network; done
for pool in disks ceph; do virsh -c qemu:///system pool-destroy $pool; done
true
"""


#: Guests that were shut down by the reset are to be started again.
SETTINGS = "[defaults]\nall = true\n"


def test_qemu_is_found_to_need_the_pools_of_its_guests(host: Host) -> None:
    graph, settings = host.world.scratch / "undeclared.toml", host.world.scratch / "all.toml"
    graph.write_text(GRAPH)
    settings.write_text(SETTINGS)
    command = (
        "shake",
        "--config",
        str(settings),
        "--driver",
        "qemu",
        "--reset",
        shlex.join(("sh", "-c", RESET)),
        str(graph),
    )
    try:
        done = host.tierdeps(*command, "--fix", "-v", within=900)
        assert done.returncode == 0, done.stdout + done.stderr  # all that was found is declared
        assert "undeclared dependency: qemu needs storage, seen in " in done.stdout
        assert '{ on = "storage", phase = "autostart" }' in done.stdout
        assert 'on = "storage"' in graph.read_text()
        again = host.tierdeps(*command, within=900)
        assert again.returncode == 0, again.stdout + again.stderr
    finally:
        graph.unlink()
        settings.unlink()
