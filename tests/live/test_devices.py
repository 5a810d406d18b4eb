"""Rarer devices: a TPM, an encrypted disk, iSCSI behind CHAP, a pool that is mounted, a saved guest, a container."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.live.host import objects
from tests.live.host.devices import CHAP_SECRET, CONTAINER, GUESTS, LUKS_SECRET, POOLS, TPM_SECRET, Devices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.live.host import Host

pytestmark = pytest.mark.live

ROOT = "/etc/libvirt"
START = ("start", "--leave-running")
EVERYTHING = POOLS | GUESTS | {f"domain/{CONTAINER}"}


@pytest.fixture(scope="module")
def defined(machine: Host) -> Iterator[Devices]:
    made = Devices(machine)
    made.define()
    yield made
    made.forget()


@pytest.fixture
def devices(machine: Host, defined: Devices) -> Iterator[Devices]:
    yield defined
    machine.fix()
    defined.iscsi.start()
    defined.bring_down()


def start(machine: Host, *arguments: str, code: int = 0) -> str:
    done = machine.tierdeps(*START, *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout + done.stderr


def test_what_each_device_needs_is_read_from_the_configuration(machine: Host, devices: Devices) -> None:
    done = machine.tierdeps("order", ROOT, "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    stages = {name: placed["stage"] for name, placed in json.loads(done.stdout)["drivers"].items()}
    for needed, needing in (
        (f"secret/{CHAP_SECRET}", "pool/direct"),
        ("pool/direct", "domain/chap"),
        (f"secret/{LUKS_SECRET}", "domain/luks"),
        (f"secret/{TPM_SECRET}", "domain/tpm"),
        ("pool/mounted", "domain/mounted"),
    ):
        assert stages[needed] < stages[needing], (needed, needing)


def test_all_of_them_come_up_driver_by_driver_and_are_adopted_then(machine: Host, devices: Devices) -> None:
    start(machine)
    assert devices.active() == EVERYTHING
    guests = machine.guests()
    said = start(machine)
    assert "qemu adopted" in said
    assert "lxc adopted" in said
    assert machine.guests() == guests


def test_all_of_them_come_up_object_by_object(machine: Host, devices: Devices) -> None:
    start(machine, ROOT)
    assert devices.active() == EVERYTHING


def test_a_saved_guest_goes_on_where_it_was(machine: Host, devices: Devices) -> None:
    saved = machine.connect().lookupByName("saved")
    saved.create()
    saved.managedSave()
    assert saved.hasManagedSaveImage() == 1
    start(machine)
    assert saved.hasManagedSaveImage() == 0
    assert saved.state() == [1, 3]  # running: it was restored


def test_a_restart_of_libvirtd_costs_no_guest_and_no_container(machine: Host, devices: Devices) -> None:
    start(machine)
    guests, box = machine.guests(), devices.containers().lookupByName(CONTAINER).ID()
    machine.libvirtd.restart()
    start(machine)
    assert devices.active() == EVERYTHING
    assert machine.guests() == guests
    assert devices.containers().lookupByName(CONTAINER).ID() == box


def test_a_guest_of_qemu_is_not_taken_for_the_container_of_its_name(machine: Host, devices: Devices) -> None:
    machine.connect().createXML(objects.guest(CONTAINER, machine.firmware))
    start(machine, ROOT)
    assert devices.containers().lookupByName(CONTAINER).isActive() == 1
    assert {"domain/box", "domain/tpm"} <= machine.active()  # the one of QEMU runs on


def test_a_restart_of_libvirtd_kills_the_guest_whose_pool_was_unmounted_under_it(
    machine: Host, devices: Devices
) -> None:
    start(machine)
    machine.world.run("umount", "--lazy", str(machine.world.scratch / "mounted"))
    machine.libvirtd.restart()
    machine.connect().lookupByName("mounted").info()  # waits for the thread that reconnects to it
    assert devices.active() == EVERYTHING - {"domain/mounted", "pool/mounted"}
    start(machine)
    assert devices.active() == EVERYTHING


def test_a_check_foretells_that_kill_and_its_advice_averts_it(machine: Host, devices: Devices) -> None:
    start(machine)
    machine.world.run("umount", "--lazy", str(machine.world.scratch / "mounted"))
    guests = machine.guests()
    said = machine.tierdeps("check", "qemu:///system").stdout
    advice = re.findall(r"virsh -c qemu:///system pool-(\w+) mounted", said)
    assert "error[LV108] pool/mounted is active, and nothing is mounted at" in said
    assert advice == ["destroy", "start"]
    for command in advice:
        machine.world.run("virsh", "-c", "qemu:///system", f"pool-{command}", "mounted")
    assert "LV108" not in machine.tierdeps("check", "qemu:///system").stdout
    machine.libvirtd.restart()
    machine.connect().lookupByName("mounted").info()  # waits for the thread that reconnects to it
    assert machine.guests() == guests


def test_a_target_that_is_down_keeps_only_its_own_pool_and_guest_down(machine: Host, devices: Devices) -> None:
    devices.iscsi.stop()
    said = start(machine, ROOT, "--on-failure", "isolate", "--timeout", "10", code=4)
    assert "failed: pool/direct: " in said
    assert "blocked by it: domain/chap" in said
    assert devices.active() == EVERYTHING - {"pool/direct", "domain/chap"}
    devices.iscsi.start()
    start(machine, ROOT)
    assert devices.active() == EVERYTHING


@pytest.mark.parametrize(("secret", "name"), [(CHAP_SECRET, "pool/direct"), (LUKS_SECRET, "domain/luks")])
def test_a_wrong_password_is_reported_with_what_it_opens(
    machine: Host, devices: Devices, secret: str, name: str
) -> None:
    found = machine.connect().secretLookupByUUIDString(secret)
    right = found.value()
    found.setValue(b"anything but the right one")
    said = start(machine, ROOT, "--on-failure", "isolate", "--timeout", "10", code=4)
    assert f"failed: {name}: " in said
    assert name not in devices.active()
    found.setValue(right)
    start(machine, ROOT)
    assert devices.active() == EVERYTHING


def test_a_file_system_that_cannot_be_mounted_keeps_its_guest_down(machine: Host, devices: Devices) -> None:
    image = machine.world.scratch / "device.img"
    kept = image.read_bytes()
    image.write_bytes(bytes(len(kept)))
    said = start(machine, ROOT, "--on-failure", "isolate", code=4)
    assert "failed: pool/mounted: " in said
    assert devices.active() == EVERYTHING - {"pool/mounted", "domain/mounted"}
    image.write_bytes(kept)
    start(machine, ROOT)
    assert devices.active() == EVERYTHING
