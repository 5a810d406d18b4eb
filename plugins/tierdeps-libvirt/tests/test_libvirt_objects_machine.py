"""This host as far as it is looked at: its devices, its mounts, the heads of its images."""

from __future__ import annotations

import os
import struct
from threading import Event
from typing import TYPE_CHECKING

import pytest

from tierdeps_libvirt._deadline import Answers, NoAnswerError
from tierdeps_libvirt._markup import parse
from tierdeps_libvirt._objects.declare import declare
from tierdeps_libvirt._objects.definition import Definition, Inventory, Noun
from tierdeps_libvirt._objects.images import Image
from tierdeps_libvirt._objects.machine import Machine, ThisMachine

if TYPE_CHECKING:
    from pathlib import Path


def image(below: str = "", data: str = "", version: int = 3) -> bytes:
    """Make the head of a qcow2 image, as QEMU's docs/interop/qcow2.txt describes it."""
    named = data.encode()
    extension = struct.pack(">II", 0x44415441, len(named)) + named + bytes(-len(named) % 8) if data else b""
    length = 104 if version == 3 else 72
    offset = length + len(extension) + 8
    head = struct.pack(">4sIQI", b"QFI\xfb", version, offset if below else 0, len(below))
    head += bytes(100 - len(head)) + struct.pack(">I", length) if version == 3 else bytes(72 - len(head))
    return head + extension + bytes(8) + below.encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (image("base.qcow2"), Image("/i/base.qcow2")),
        (image("/b/base.qcow2", version=2), Image("/b/base.qcow2")),
        (image("file:../base"), Image("/base")),
        (image(data="raw"), Image("", "/i/raw")),
        (image("base", "raw"), Image("/i/base", "/i/raw")),
        (image("json:{}"), Image()),
        (image("nbd://host/x"), Image()),
        (image(), Image()),
        (image("base")[:40], Image()),
        (b"no image of that kind, however long it may be, and however long it may be read" * 4, Image()),
        (b"", Image()),
    ],
)
def test_an_image_says_what_it_stands_on(tmp_path: Path, content: bytes, said: Image) -> None:
    (tmp_path / "i").mkdir()
    (tmp_path / "i/top").write_bytes(content)
    assert ThisMachine(tmp_path).image("/i/top").beside("/i/top") == said


def test_what_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    machine = ThisMachine(tmp_path)
    assert [machine.image(path) for path in ("/none", "/pipe", "/", "/\0")] == [Image()] * 4
    assert machine.text("/none") == ""
    assert machine.is_mounted("/") is None


CHAIN = """<domain><devices><disk><driver type='{}'/><source file='/i/top'/></disk></devices></domain>"""


def needs(xml: str, machine: Machine) -> set[str]:
    guest = Definition(Noun.DOMAIN, "web", "web.xml", parse(xml.encode()))
    pool = Definition(Noun.POOL, "p", "p.xml", parse(b"<pool type='fs'><target><path>/srv/p</path></target></pool>"))
    return {
        f"{need.kind} {need.target}"
        for need in declare(Inventory("r", (guest, pool), machine=machine)).drivers[0].dependencies
    }


def test_a_chain_of_images_is_followed_where_the_definition_ends(tmp_path: Path) -> None:
    (tmp_path / "i").mkdir()
    (tmp_path / "i/top").write_bytes(image("middle"))
    (tmp_path / "i/middle").write_bytes(image("/srv/p/base"))
    machine = ThisMachine(tmp_path)
    assert needs(CHAIN.format("qcow2"), machine) == {"requires pool/p"}
    assert needs(CHAIN.format("raw"), machine) == set()
    assert needs(CHAIN.format("qcow2").replace("</disk>", "<backingStore/></disk>"), machine) == set()
    named = "<backingStore><format type='qcow2'/><source file='/i/middle'/></backingStore></disk>"
    assert needs(CHAIN.format("qcow2").replace("</disk>", named), machine) == {"requires pool/p"}
    assert needs(CHAIN.format("qcow2"), Machine()) == set()


def test_a_path_is_followed_through_links_where_nobody_claims_it(tmp_path: Path) -> None:
    (tmp_path / "srv/p").mkdir(parents=True)
    (tmp_path / "images").symlink_to(tmp_path / "srv/p")
    disk = "<domain><devices><disk><source file='/images/a'/></disk></devices></domain>"
    assert needs(disk, ThisMachine(tmp_path)) == {"requires pool/p"}
    assert needs(disk, Machine()) == set()
    assert needs(disk.replace("/images", "/elsewhere"), ThisMachine(tmp_path)) == set()


def test_a_chain_that_goes_round_ends(tmp_path: Path) -> None:
    (tmp_path / "i").mkdir()
    (tmp_path / "i/top").write_bytes(image("other", "/srv/p/data"))
    (tmp_path / "i/other").write_bytes(image("top"))
    assert needs(CHAIN.format("qcow2"), ThisMachine(tmp_path)) == {"requires pool/p"}


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("br0", "sys/class/net/br0"),
        ("pci_0000_06_10_1", "sys/bus/pci/devices/0000:06:10.1"),
        ("mdev_0a81f5b2_8403_4b23_88d6_21ccc2f80d6f", "sys/bus/mdev/devices/0a81f5b2-8403-4b23-88d6-21ccc2f80d6f"),
        ("scsi_host3", "sys/class/scsi_host/host3"),
    ],
)
def test_a_device_is_there_as_the_kernel_shows(tmp_path: Path, name: str, place: str) -> None:
    machine = ThisMachine(tmp_path)
    assert machine.has_device(name) is False
    (tmp_path / place).mkdir(parents=True)
    assert machine.has_device(name) is True
    assert Machine().has_device(name) is None


def test_a_usb_device_is_known_by_vendor_and_product(tmp_path: Path) -> None:
    folder = tmp_path / "sys/bus/usb/devices/1-2"
    folder.mkdir(parents=True)
    (folder / "idVendor").write_text("1234\n")
    machine = ThisMachine(tmp_path)
    assert machine.has_device("usb_1234_beef") is False
    (folder / "idProduct").write_text("beef\n")
    assert machine.has_device("usb_1234_beef") is True


def test_a_mount_is_known_by_its_place_however_it_is_spelt(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mounts").write_text("nas:/e /srv/a\\040b nfs rw 0 0\n")
    machine = ThisMachine(tmp_path)
    assert [machine.is_mounted(path) for path in ("/srv/a b", "/srv/a b/", "/srv/a")] == [True, True, False]


def test_a_question_is_given_up_and_the_next_one_asked_all_the_same() -> None:
    answers, released = Answers("test"), Event()
    with pytest.raises(NoAnswerError):
        answers.ask(released.wait, 0.02)
    assert answers.ask(lambda: 1, 5.0) == 1
    released.set()
    with pytest.raises(ZeroDivisionError):
        answers.ask(lambda: 1 // 0, 5.0)
    done = Event()
    answers.clean_up(done.set, 5.0)
    assert done.is_set()
    answers.close()
    answers.clean_up(done.clear, 5.0)
    assert done.is_set()
