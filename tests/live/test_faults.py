"""What can go wrong on a host: the report is clear, no guest that ran is lost, and a second start finishes the job."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.live.host import objects, scene
from tests.live.host.world import until

if TYPE_CHECKING:
    from tests.live.host import Host
    from tests.live.host.processes import Process

    Done = subprocess.CompletedProcess[str]
    Guests = dict[str, Process]

pytestmark = pytest.mark.live

START = ("start", "--leave-running")
FAILED = 4
# a guest that falls over at once: without vectors, its first interrupt resets it
FALLS = b"\xf4" * 65520 + b"\x0f\x01\x1e\x00\x00\xcc".ljust(16, b"\xf4")


def fails(host: Host, *words: str) -> None:
    """Start, and have the report say what went wrong."""
    says(host.tierdeps(*START), FAILED, *words)


def says(done: Done, code: int, *words: str) -> None:
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert "Traceback" not in said
    for word in words:
        assert word in said


def finishes(host: Host, before: Guests) -> None:
    """Start again, and find all up, with those guests untouched that ran before."""
    assert before.items() <= host.guests().items()
    says(host.tierdeps(*START), 0)
    assert host.active() == scene.EVERYTHING
    assert before.items() <= host.guests().items()


def ended(process: subprocess.Popen[str]) -> Done:
    """Wait for the end of what was started in the background."""
    stdout, stderr = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def test_libvirtd_is_killed_while_it_starts_guests(host: Host, survivor: Guests) -> None:
    with host.hold.on("web"):
        process = host.start_tierdeps(*START)
        host.hold.wait_for("web")
        host.libvirtd.stop("KILL")
        says(ended(process), FAILED, "failed: qemu: ", "the connection to libvirt was lost")
    host.libvirtd.start()
    finishes(host, survivor)


def test_the_monitor_of_ceph_comes_back_in_time(host: Host, survivor: Guests) -> None:
    host.ceph.stop_monitor()
    process = host.start_tierdeps(*START)
    until(lambda: "pool/disks" in host.active(), "the pools are started")
    host.ceph.start_monitor()
    says(ended(process), 0)
    finishes(host, survivor)


def test_the_monitor_of_ceph_does_not_come_back(host: Host, survivor: Guests) -> None:
    host.ceph.stop_monitor()
    says(host.tierdeps(*START, "--timeout", "8"), FAILED, "storage", "pool ceph")
    host.ceph.start_monitor()
    finishes(host, survivor)


def test_a_secret_has_no_value(host: Host, survivor: Guests) -> None:
    connection = host.connect()
    connection.secretLookupByUUIDString(objects.SECRET).undefine()
    secret = connection.secretDefineXML(objects.secret())
    fails(host, objects.SECRET, "value", "virsh secret-set-value")
    secret.setValue(host.ceph.key)
    finishes(host, survivor)


def test_the_folder_of_a_pool_is_missing(host: Host, survivor: Guests) -> None:
    aside = host.folder.rename(host.folder.with_name("aside"))
    fails(host, "pool disks: ", str(host.folder), "No such file or directory")
    aside.rename(host.folder)
    finishes(host, survivor)


def test_a_guest_does_not_boot(host: Host, survivor: Guests) -> None:
    firmware = host.firmware.with_name("nowhere.rom")
    broken = host.connect().defineXML(objects.guest("broken", firmware))
    broken.setAutostart(1)
    fails(host, "domain broken: ", "nowhere.rom")
    assert host.active() == scene.EVERYTHING  # the others are not kept waiting by it
    broken.undefine()
    finishes(host, survivor)


def test_a_guest_goes_down_as_soon_as_it_is_up(host: Host, survivor: Guests) -> None:
    firmware = host.firmware.with_name("falls.rom")
    firmware.write_bytes(FALLS)
    broken = host.connect().defineXML(
        objects.guest("broken", firmware).replace("<devices>", "<on_reboot>destroy</on_reboot><devices>")
    )
    broken.setAutostart(1)
    fails(host, "domain broken: ")
    assert host.active() == scene.EVERYTHING
    broken.undefine()
    finishes(host, survivor)


def test_the_name_of_a_bridge_is_taken(host: Host, survivor: Guests) -> None:
    host.world.run("ip", "link", "add", "tdbr0", "type", "bridge")
    fails(host, "network lan: ", "tdbr0")
    host.world.run("ip", "link", "delete", "tdbr0")
    finishes(host, survivor)


def test_libvirtd_does_not_run(host: Host, survivor: Guests) -> None:
    host.libvirtd.stop()
    fails(host, "libvirt does not answer at secret:///system", "start libvirtd")
    assert host.guests() == survivor
    host.libvirtd.start()
    finishes(host, survivor)


def test_the_connection_is_lost_in_the_middle(host: Host, survivor: Guests) -> None:
    with host.hold.on("lan"):
        process = host.start_tierdeps(*START)
        host.hold.wait_for("lan")
        disconnect(host)
        says(ended(process), FAILED, "failed: network: ", "the connection to libvirt was lost")
    finishes(host, survivor)


def disconnect(host: Host) -> None:
    """Have libvirtd, which goes on, close the connections of all its clients."""
    listed = host.world.run("virt-admin", "client-list", "libvirtd").stdout.splitlines()[2:]
    for client in (line.split()[0] for line in listed if line.strip()):
        host.world.run("virt-admin", "client-disconnect", "libvirtd", client, check=False)  # it may be gone by now


def test_two_start_at_once(host: Host, survivor: Guests) -> None:
    with host.hold.on("lan"):
        first = host.start_tierdeps(*START)
        host.hold.wait_for("lan")
        says(host.tierdeps(*START), FAILED, "is already running, as process")
    says(ended(first), 0)
    finishes(host, survivor)


def test_two_start_at_once_that_do_not_know_of_each_other(host: Host, survivor: Guests) -> None:
    with host.hold.on("lan"):
        first = host.start_tierdeps(*START, journal="one")
        host.hold.wait_for("lan")
        second = host.start_tierdeps(*START, "--verbose", journal="other")
        assert second.stdout is not None
        assert any("network:probe started" in line for line in second.stdout)  # which waits for libvirt
    for done in map(ended, (first, second)):
        says(done, 0)
    finishes(host, survivor)
