"""The elements of a guest's XML, besides disks, that name a file of the host: one row for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Value
from tierdeps_libvirt._objects.places import lies_in, paths_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import Dependency
    from tierdeps_libvirt._markup import Element
    from tierdeps_libvirt._objects.definition import Definition
    from tierdeps_libvirt._objects.survey import Survey


class File(Value):
    """The elements at ``path``, with the name of a file in ``attribute``, or else in their text, after ``words``."""

    path: str
    attribute: str
    words: str


#: The elements of character devices, which may have a <source> and a <log>.
_CHARACTER = ("serial", "parallel", "console", "channel", "smartcard", "redirdev")
#: XML: libvirt 11.3.0, domaincommon.rng; varstore and shim are of later releases.
FILES = (
    File("os/kernel", "", "its kernel is"),
    File("os/initrd", "", "its initrd is"),
    File("os/dtb", "", "its device tree is"),
    File("os/loader", "", "its firmware is"),
    File("os/nvram", "", "its firmware's variables are"),
    File("os/nvram", "template", "its firmware's variables are made of"),
    File("os/varstore", "path", "its firmware's variables are"),
    File("os/varstore", "template", "its firmware's variables are made of"),
    File("os/shim", "", "the shim before its kernel is"),
    File("os/acpi/table", "", "a table of its ACPI is"),
    File("bootloader", "", "its boot loader is"),
    File("sysinfo/entry", "file", "an entry of its firmware configuration is"),
    File("devices/emulator", "", "its emulator is"),
    File("devices/memory/source/path", "", "a memory device of it is"),
    *(File(f"devices/{kind}/source", "path", f"a {kind} device of it is") for kind in _CHARACTER),
    *(File(f"devices/{kind}/log", "file", f"a {kind} device of it writes to") for kind in _CHARACTER),
    File("devices/smartcard/database", "", "the database of its smartcard is"),
    File("devices/rng/backend", "", "its random numbers are from"),
    File("devices/rng/backend/source", "path", "its random numbers are from"),
    File("devices/lease/target", "path", "a lease of it is in"),
    File("devices/tpm/backend/device", "path", "its TPM is"),
    File("devices/tpm/backend/source", "path", "its TPM is behind"),
    File("devices/audio", "path", "its sound goes to"),
    File("devices/audio", "runtimeDir", "its sound goes to"),
    File("devices/filesystem/binary", "path", "what serves a filesystem of it is"),
    File("devices/filesystem/source", "socket", "a filesystem of it is behind"),
    File("devices/disk/source", "path", "a disk of it is behind"),
    File("devices/disk/source/host", "socket", "a disk of it is behind"),
    File("devices/disk/source/config", "file", "the settings for a disk of it are"),
    File("devices/disk/source/knownHosts", "path", "the hosts that are known for a disk of it are"),
    File("devices/disk/source/identity", "agentsock", "a disk of it is opened with the agent"),
    File("devices/disk/source/reservations/source", "path", "the reservations of a disk of it are behind"),
    File("devices/interface/source", "path", "an interface of it is behind"),
    File("devices/interface/backend", "logFile", "an interface of it writes to"),
    File("devices/interface/script", "path", "an interface of it is set up by"),
    File("devices/interface/downscript", "path", "an interface of it is taken down by"),
    *(File(f"devices/{kind}/rom", "file", "the boot ROM of a device of it is") for kind in ("interface", "hostdev")),
    File("devices/pstore/path", "", "its records of crashes are"),
    File("devices/shmem/server", "path", "the memory that it shares is behind"),
    File("devices/graphics", "socket", "its display is"),
    File("devices/graphics/listen", "socket", "its display is"),
    File("devices/input/source", "dev", "an input of it is"),
    File("devices/hostdev/source/block", "", "it takes"),
    File("devices/hostdev/source/char", "", "it takes"),
)
#: Where swtpm keeps the state of a guest's TPM (libvirt 9.0.0, src/qemu/qemu_conf.c: swtpmStorageDir), and QEMU the
#: variables of a firmware that was chosen for the guest (nvramDir).
_TPM_STATE = "/var/lib/libvirt/swtpm"
_VARIABLES = "/var/lib/libvirt/qemu/nvram"


#: Arguments that are passed to QEMU unchanged.
_QEMU = "{http://libvirt.org/schemas/domain/qemu/1.0}"


def needs_of_files(definition: Definition, guest: Element, survey: Survey) -> Iterator[Dependency]:
    """Yield the needs for pools that contain such files."""
    for file in FILES:
        for element in guest.all(file.path):
            path = element.get(file.attribute) if file.attribute else element.text
            yield from lies_in(definition, element, survey, file.words, path)
    for argument in guest.inside(f"{_QEMU}commandline", f"{_QEMU}arg"):
        for path in paths_in(argument.get("value")):
            yield from lies_in(definition, argument, survey, "an argument of its QEMU names", path)
    if definition.hypervisor not in ("", "qemu"):
        return
    for backend in guest.all("devices/tpm/backend"):
        if backend.get("type") == "emulator":
            place = f"{_TPM_STATE}/{guest.said('uuid')}".rstrip("/")
            yield from lies_in(definition, backend, survey, "the state of its TPM is", place)
    for machine in guest.all("os"):
        if machine.get("firmware") == "efi" and machine.first("nvram") is None:
            place = f"{_VARIABLES}/{definition.name}_VARS.fd"
            yield from lies_in(definition, machine, survey, "its firmware's variables are", place)
