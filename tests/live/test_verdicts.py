"""What a check says of a real host, and whether it is so: pools that are down, bridges, a daemon that hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live.host import objects, scene
from tests.live.host.world import until

if TYPE_CHECKING:
    from tests.live.host import Host

pytestmark = pytest.mark.live

ROOT, ADDRESS = "/etc/libvirt", "qemu:///system"


def test_a_guest_on_a_pool_that_is_down_is_found_before_the_daemon_kills_it(host: Host) -> None:
    connection = host.connect()
    pool, guest = connection.storagePoolLookupByName(scene.FOLDER), connection.lookupByName("app")
    pool.create()
    guest.create()
    assert host.tierdeps("check", ADDRESS).returncode == 0
    pool.destroy()
    done = host.tierdeps("check", ADDRESS)
    assert done.returncode == 0, "libvirtd makes it active first"
    assert f"warning[LV108] pool/{scene.FOLDER} is not active, and domain/app runs on it" in done.stdout
    pool.setAutostart(0)
    host.folder.rename(host.folder.with_name("moved"))
    done = host.tierdeps("check", ADDRESS)
    assert done.returncode == 1
    assert f"error[LV108] pool/{scene.FOLDER} is not active, and domain/app runs on it" in done.stdout
    host.libvirtd.restart()
    until(lambda: "app" not in host.guests(), "the guest is killed, as the daemon does not find its pool")


def test_a_folder_s_pool_comes_up_unmarked_and_is_a_warning(host: Host) -> None:
    host.connect().storagePoolLookupByName(scene.FOLDER).setAutostart(0)
    for graph in (ROOT, ADDRESS):
        done = host.tierdeps("check", graph)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"warning[LV101] pool/{scene.FOLDER} is not marked autostart" in done.stdout
    host.libvirtd.boot()
    assert f"pool/{scene.FOLDER}" in host.active()


def test_a_network_that_is_named_by_its_bridge_is_found(host: Host) -> None:
    connection = host.connect()
    bridged = "<interface type='bridge'><source bridge='{}'/></interface>"
    guests = [
        connection.defineXML(objects.guest(name, host.firmware, bridged.format(bridge)))
        for name, bridge in (("bridged", "tdbr1"), ("outside", "tdbr9"))
    ]
    for guest in guests:
        guest.setAutostart(1)
    connection.networkLookupByName("dmz").setAutostart(0)
    for graph in (ROOT, ADDRESS):
        done = host.tierdeps("check", graph)
        assert done.returncode == 1
        assert "error[LV102] network/dmz is not marked autostart: domain/bridged" in done.stdout
        assert "warning[LV204] there is no tdbr9 on this host now: domain/outside needs it" in done.stdout


def test_a_daemon_that_is_stopped_is_given_up(host: Host) -> None:
    pid = host.libvirtd.pid
    assert pid is not None
    host.world.signal("STOP", pid)
    try:
        done = host.tierdeps("check", ADDRESS)
    finally:
        host.world.signal("CONT", pid)
    assert done.returncode == 2
    assert "libvirt took the connection and did not answer" in done.stderr


def test_a_device_that_a_guest_is_given_and_the_host_lacks_is_found(host: Host) -> None:
    given = {
        "usb_bus_099_098": (
            "<hostdev mode='subsystem' type='usb'><source><address bus='99' device='98'/></source></hostdev>"
        ),
        "usb_1234_beef": (
            "<hostdev mode='subsystem' type='usb'>"
            "<source><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev>"
        ),
        "vhost_naa.5123456789abcde0": (
            "<hostdev mode='subsystem' type='scsi_host'>"
            "<source protocol='vhost' wwpn='naa.5123456789abcde0'/></hostdev>"
        ),
        "vhost-vdpa-9": "<interface type='vdpa'><source dev='/dev/vhost-vdpa-9'/></interface>",
    }
    connection = host.connect()
    for number, device in enumerate(given.values()):
        connection.defineXML(objects.guest(f"given-{number}", host.firmware, device)).setAutostart(1)
    for graph in (ROOT, ADDRESS):
        done = host.tierdeps("check", graph)
        assert done.returncode == 0, done.stdout + done.stderr
        for number, name in enumerate(given):
            assert f"there is no {name} on this host now: domain/given-{number} needs it" in done.stdout
