"""A device of the host that libvirt does not make is waited for, and never made."""

from __future__ import annotations

from threading import Timer
from typing import TYPE_CHECKING

import pytest
from libvirt_played import context

from tierdeps import RunError
from tierdeps_libvirt._devices import HostLifecycle

if TYPE_CHECKING:
    from pathlib import Path


def on(root: Path, *uris: str) -> HostLifecycle:
    kind: type[HostLifecycle] = type("HostLifecycle", (HostLifecycle,), {"root": root, "uris": uris})
    return kind()


def test_one_that_is_there_is_adopted(tmp_path: Path) -> None:
    assert not on(tmp_path).adopt(context("host/br0"))
    (tmp_path / "sys/class/net/br0").mkdir(parents=True)
    assert on(tmp_path).adopt(context("host/br0"))


def test_one_that_comes_late_is_waited_for(tmp_path: Path) -> None:
    comes = Timer(0.3, (tmp_path / "sys/class/net/br0").mkdir, kwargs={"parents": True})
    comes.start()
    on(tmp_path).start(context("host/br0", seconds=60.0))
    comes.join()
    assert on(tmp_path).adopt(context("host/br0"))


def test_one_that_never_comes_is_a_failure_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"^there is no br0 on this host, after \d.\d s: make it"):
        on(tmp_path).start(context("host/br0", seconds=0.2))


@pytest.mark.parametrize(
    ("address", "skipped"),
    [("qemu:///system", False), ("qemu+ssh://h/system", True), ("test:///default", True)],
)
def test_devices_of_another_host_are_skipped(tmp_path: Path, address: str, skipped: bool) -> None:
    reason = on(tmp_path, address).probe(context("host/br0"))
    assert (reason is not None) is skipped
    assert reason is None or reason.startswith(address)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("pci_0000_06_10_1", {"sys/bus/pci/devices/0000:06:10.1/vendor": ""}),
        ("scsi_host3", {"sys/class/scsi_host/host3/state": ""}),
        (
            "usb_1234_beef",
            {"sys/bus/usb/devices/1-1/idVendor": "1234\n", "sys/bus/usb/devices/1-1/idProduct": "beef\n"},
        ),
        ("usb_bus_001_010", {"sys/bus/usb/devices/1-1/busnum": "1\n", "sys/bus/usb/devices/1-1/devnum": "10\n"}),
        ("vhost-vdpa-0", {"dev/vhost-vdpa-0": ""}),
        ("vhost_naa.5123456789abcde0", {"sys/kernel/config/target/vhost/naa.5123456789abcde0/tpgt_1/nexus": ""}),
        ("/dev/vdpa/lan", {"dev/vdpa/lan": ""}),
        ("br0", {"sys/class/net/br0/mtu": ""}),
    ],
)
def test_each_kind_of_device_is_found_where_the_kernel_shows_it(
    tmp_path: Path, name: str, files: dict[str, str]
) -> None:
    assert not on(tmp_path).adopt(context(f"host/{name}"))
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    assert on(tmp_path).adopt(context(f"host/{name}"))
    assert not on(tmp_path).adopt(context(f"host/{name[:-1]}9"))
