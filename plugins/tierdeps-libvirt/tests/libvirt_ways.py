"""Every way in which one of libvirt's objects needs storage: one row each, as XML, with what must come of it.

The XML is that of libvirt 11.3.0 (domaincommon.rng, storagepool.rng, network.rng); what is of a later release says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Value, field

if TYPE_CHECKING:
    from collections.abc import Mapping

UUID = "0a81f5b2-8403-4b23-88d6-21ccc2f80d6f"
GUEST = "5d1c7c1e-3f3c-4a41-9d2c-6d7b3f0b7a11"


class Way(Value):
    """``first`` is the XML of what needs ``others``, and ``need`` what it says: ``requires pool/p``.

    ``settings`` are lines of qemu.conf.
    """

    what: str
    need: str
    first: str
    others: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


def guest(body: str, attributes: str = "type='kvm'") -> str:
    return f"<domain {attributes}><name>web</name><uuid>{GUEST}</uuid>{body}</domain>"


def container(body: str) -> str:
    return guest(f"<devices>{body}</devices>", "type='lxc'")


def pool(kind: str, target: str = "", source: str = "", name: str = "p") -> str:
    where = f"<target><path>{target}</path></target>" if target else ""
    return f"<pool type='{kind}'><name>{name}</name><source>{source}</source>{where}</pool>"


MOUNT = pool("netfs", "/srv/p", "<host name='nas.example.com'/><dir path='/export'/>")
IMAGES = pool("dir", "/srv/p")
GROUP = pool("logical", "/dev/vg-a", "<name>vg-a</name>")
SAN = pool("iscsi", "/dev/disk/by-path", "<device path='iqn.2020-01.com.example:a'/>")
PARTED = pool("disk", "/dev", "<device path='/dev/sdb'/>")
TANK = pool("zfs", "/dev/zvol/tank", "<name>tank</name>")


def in_mount(what: str, body: str) -> Way:
    return Way(what, "requires pool/p", guest(body), (MOUNT,))


def device(what: str, need: str, body: str, *others: str, **settings: str) -> Way:
    return Way(what, need, guest(f"<devices>{body}</devices>"), others, settings)


VOLUMES = (
    device("volume", "requires pool/p", "<disk type='volume'><source pool='p' volume='v'/></disk>", IMAGES),
    device(
        "optional volume",
        "wants pool/p",
        "<disk type='volume'><source pool='p' volume='v' startupPolicy='optional'/></disk>",
        IMAGES,
    ),
    device(
        "volume below a volume",
        "requires pool/p",
        "<disk><source file='/a'/><backingStore type='volume'><source pool='p' volume='v'/></backingStore></disk>",
        IMAGES,
    ),
    device(
        "filesystem on a volume", "requires pool/p", "<filesystem><source pool='p' volume='v'/></filesystem>", IMAGES
    ),
    device(
        "copy to a volume",
        "requires pool/p",
        "<disk><source file='/a'/><mirror type='volume'><source pool='p' volume='v'/></mirror></disk>",
        IMAGES,
    ),
    Way(
        "variables on a volume",
        "requires pool/p",
        guest("<os><nvram type='volume'><source pool='p' volume='v'/></nvram></os>"),
        (IMAGES,),
    ),
)
DISKS = tuple(
    device(what, "requires pool/p", body, MOUNT)
    for what, body in {
        "disk's file": "<disk type='file'><source file='/srv/p/a'/></disk>",
        "disk's folder, the target itself": "<disk type='dir'><source dir='/srv/p'/></disk>",
        "disk's folder": "<disk type='dir'><source dir='/srv/p/d'/></disk>",
        "filesystem, the target itself": "<filesystem><source dir='/srv/p'/></filesystem>",
        "filesystem, with a slash at its end": "<filesystem><source dir='/srv/p/'/></filesystem>",
        "filesystem's folder": "<filesystem><source dir='/srv/p/d'/></filesystem>",
        "filesystem's image": "<filesystem type='file'><source file='/srv/p/a'/></filesystem>",
        "image below": "<disk><backingStore><source file='/srv/p/a'/></backingStore></disk>",
        "image two below": f"<disk>{'<backingStore>' * 2}<source file='/srv/p/a'/>{'</backingStore>' * 2}</disk>",
        "copy, as it once was said": "<disk><mirror file='/srv/p/a'/></disk>",
        "copy": "<disk><mirror type='file'><source file='/srv/p/a'/></mirror></disk>",
        "file with the data (later releases)": (
            "<disk><source file='/a'><dataStore type='file'><source file='/srv/p/a'/></dataStore></source></disk>"
        ),
        "file with the data of an image below": (
            "<disk><backingStore><source file='/a'><dataStore><source file='/srv/p/a'/></dataStore></source>"
            "</backingStore></disk>"
        ),
        "key of a way by SSH": (
            "<disk type='network'><source protocol='ssh'><identity keyfile='/srv/p/k'/></source></disk>"
        ),
        "agent of a way by SSH (later releases)": (
            "<disk type='network'><source protocol='ssh'><identity agentsock='/srv/p/s'/></source></disk>"
        ),
        "hosts that are known of a way by SSH (later releases)": (
            "<disk type='network'><source protocol='ssh'><knownHosts path='/srv/p/h'/></source></disk>"
        ),
        "settings of Ceph": (
            "<disk type='network'><source protocol='rbd' name='p/v'><config file='/srv/p/c'/></source></disk>"
        ),
        "socket of a host of a disk": (
            "<disk type='network'><source protocol='nbd'><host transport='unix' socket='/srv/p/s'/></source></disk>"
        ),
        "socket of a disk": "<disk type='vhostuser'><source type='unix' path='/srv/p/s'/></disk>",
        "socket of reservations": (
            "<disk><source dev='/a'><reservations><source path='/srv/p/s'/></reservations></source></disk>"
        ),
    }.items()
)
FILES = tuple(
    in_mount(what, body)
    for what, body in {
        "kernel": "<os><kernel>/srv/p/k</kernel></os>",
        "initrd": "<os><initrd>/srv/p/i</initrd></os>",
        "device tree": "<os><dtb>/srv/p/d</dtb></os>",
        "firmware": "<os><loader>/srv/p/f</loader></os>",
        "variables": "<os><nvram>/srv/p/v</nvram></os>",
        "template of variables": "<os><nvram template='/srv/p/t'/></os>",
        "variables with a source": "<os><nvram type='file'><source file='/srv/p/v'/></nvram></os>",
        "variables in a store (later releases)": "<os><varstore path='/srv/p/v'/></os>",
        "shim (later releases)": "<os><shim>/srv/p/s</shim></os>",
        "boot loader": "<bootloader>/srv/p/pygrub</bootloader>",
        "argument of QEMU": (
            "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>"
            "<q:arg value='-drive'/><q:arg value='file=/srv/p/a,if=none'/></q:commandline>"
        ),
        "table of ACPI": "<os><acpi><table type='slic'>/srv/p/t</table></acpi></os>",
        "entry of the firmware": "<sysinfo type='fwcfg'><entry name='opt/a' file='/srv/p/e'/></sysinfo>",
    }.items()
) + tuple(
    device(what, "requires pool/p", body, MOUNT)
    for what, body in {
        "emulator": "<emulator>/srv/p/qemu</emulator>",
        "nvdimm": "<memory model='nvdimm'><source><path>/srv/p/n</path></source></memory>",
        "serial": "<serial type='file'><source path='/srv/p/s'/></serial>",
        "log of a serial": "<serial type='pty'><log file='/srv/p/l'/></serial>",
        "parallel": "<parallel type='file'><source path='/srv/p/s'/></parallel>",
        "console": "<console type='pipe'><source path='/srv/p/s'/></console>",
        "channel": "<channel type='unix'><source mode='connect' path='/srv/p/s'/></channel>",
        "redirected device": "<redirdev type='unix'><source path='/srv/p/s'/></redirdev>",
        "smartcard": "<smartcard mode='host-certificates'><database>/srv/p/d</database></smartcard>",
        "random numbers": "<rng model='virtio'><backend model='egd'><source path='/srv/p/s'/></backend></rng>",
        "lease": "<lease><target path='/srv/p/l'/></lease>",
        "server of a filesystem": "<filesystem><binary path='/srv/p/virtiofsd'/></filesystem>",
        "socket of a filesystem": "<filesystem><source socket='/srv/p/s'/></filesystem>",
        "socket of an interface": "<interface type='vhostuser'><source type='unix' path='/srv/p/s'/></interface>",
        "log of an interface": ("<interface type='user'><backend type='passt' logFile='/srv/p/l'/></interface>"),
        "script of an interface": "<interface type='ethernet'><script path='/srv/p/s'/></interface>",
        "script at the end of an interface": "<interface type='ethernet'><downscript path='/srv/p/s'/></interface>",
        "boot ROM of an interface": "<interface type='user'><rom file='/srv/p/r'/></interface>",
        "boot ROM of a device": "<hostdev><rom file='/srv/p/r'/></hostdev>",
        "records of crashes (later releases)": "<pstore backend='acpi-erst'><path>/srv/p/p</path></pstore>",
        "shared memory": "<shmem name='a'><server path='/srv/p/s'/></shmem>",
        "display's socket": "<graphics type='vnc' socket='/srv/p/s'/>",
        "display that listens on a socket": "<graphics><listen type='socket' socket='/srv/p/s'/></graphics>",
        "TPM of somebody else's": "<tpm><backend type='external'><source type='unix' path='/srv/p/t'/></backend></tpm>",
        "sound": "<audio id='1' type='file' path='/srv/p/a.wav'/>",
        "sound by a socket": "<audio id='1' type='pipewire' runtimeDir='/srv/p/s'/>",
        "input": "<input type='passthrough'><source evdev='/a' dev='/srv/p/i'/></input>",
    }.items()
)
STATE = (
    device(
        "state of a TPM", "requires pool/p", "<tpm><backend type='emulator'/></tpm>", pool("fs", "/var/lib/libvirt")
    ),
    Way(
        "variables that libvirt makes",
        "requires pool/p",
        guest("<os firmware='efi'/>"),
        (pool("fs", "/var/lib/libvirt/qemu"),),
    ),
)
DEVICES = (
    device("volume of a group", "wants pool/p", "<disk><source dev='/dev/vg-a/lv'/></disk>", GROUP),
    device("volume by the mapper", "wants pool/p", "<disk><source dev='/dev/mapper/vg--a-lv--b'/></disk>", GROUP),
    device(
        "device of a session",
        "requires pool/p",
        "<disk><source dev='/dev/disk/by-path/ip-192.0.2.1:3260-iscsi-iqn.2020-01.com.example:a-lun-1'/></disk>",
        SAN,
    ),
    device("partition", "wants pool/p", "<disk><source dev='/dev/sdb1'/></disk>", PARTED),
    device("volume of ZFS", "wants pool/p", "<disk><source dev='/dev/zvol/tank/v'/></disk>", TANK),
    Way(
        "block device of a container",
        "wants pool/p",
        container("<hostdev mode='capabilities' type='storage'><source><block>/dev/vg-a/lv</block></source></hostdev>"),
        (GROUP,),
    ),
    device("optional file", "wants pool/p", "<disk><source file='/srv/p/a' startupPolicy='optional'/></disk>", MOUNT),
    device("file in a folder", "wants pool/p", "<disk><source file='/srv/p/a'/></disk>", IMAGES),
    *(
        device(f"file on {place}", "requires pool/p", f"<disk><source file='{place}/a'/></disk>", pool("fs", place))
        for place in ("/mnt", "/srv", "/home")
    ),
)
NETWORKS = (
    Way(
        "folder of a TFTP server",
        "wants pool/p",
        "<network><name>lan</name><ip><tftp root='/srv/p/tftp'/></ip></network>",
        (MOUNT,),
    ),
    Way(
        "option of dnsmasq",
        "wants pool/p",
        "<network xmlns:d='http://libvirt.org/schemas/network/dnsmasq/1.0'><name>lan</name>"
        "<d:options><d:option value='addn-hosts=/srv/p/hosts'/></d:options></network>",
        (MOUNT,),
    ),
)
POOLS = (
    Way("folder in a mount", "requires pool/p", pool("dir", "/srv/p/d", name="q"), (MOUNT,)),
    Way("folder that is a mount", "requires pool/p", pool("dir", "/srv/p/", name="q"), (MOUNT,)),
    Way("file system on a volume", "wants pool/p", pool("fs", "/q", "<device path='/dev/vg-a/lv'/>", "q"), (GROUP,)),
    Way(
        "file system on a volume by the mapper",
        "wants pool/p",
        pool("fs", "/q", "<device path='/dev/mapper/vg--a-lv'/>", "q"),
        (GROUP,),
    ),
    Way(
        "group on a session",
        "requires pool/p",
        pool(
            "logical",
            "/dev/q",
            "<device path='/dev/disk/by-path/ip-192.0.2.1:3260-iscsi-iqn.2020-01.com.example:a-lun-0-part1'/>",
            "q",
        ),
        (SAN,),
    ),
)
STORAGE = (*VOLUMES, *DISKS, *FILES, *STATE, *DEVICES, *NETWORKS, *POOLS)
