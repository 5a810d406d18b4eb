"""What is defined on the host: a secret, pools, networks, and guests of 64 MiB that need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.live.host.ceph import IMAGE, MONITOR

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "5ec5ec5e-0000-4000-8000-000000000001"  # noqa: S105  its name; the value is Ceph's
_AUTH = f"<auth type='ceph' username='libvirt'><secret uuid='{SECRET}'/></auth>"


def secret() -> str:
    """Describe the key of Ceph's user."""
    return named_secret(SECRET, "<usage type='ceph'><name>client.libvirt</name></usage>")


def named_secret(uuid: str, usage: str) -> str:
    """Describe a secret that is kept, and what it is for."""
    return f"<secret ephemeral='no' private='no'><uuid>{uuid}</uuid>{usage}</secret>"


def folder_pool(name: str, path: Path) -> str:
    """Describe a pool that is a folder."""
    return f"<pool type='dir'><name>{name}</name><target><path>{path}</path></target></pool>"


def mounted_pool(name: str, device: str, path: Path) -> str:
    """Describe a pool that is a file system on a device, and is mounted when it starts."""
    source = f"<source><device path='{device}'/><format type='ext4'/></source>"
    return f"<pool type='fs'><name>{name}</name>{source}<target><path>{path}</path></target></pool>"


def chap_pool(name: str, target: str, user: str) -> str:
    """Describe a pool whose volumes are the disks of an iSCSI target, which libvirt reaches itself, behind CHAP."""
    auth = f"<auth type='chap' username='{user}'><secret usage='{target}'/></auth>"
    initiator = "<initiator><iqn name='iqn.2026-11.test.tierdeps:host'/></initiator>"
    source = f"<source><host name='127.0.0.1'/><device path='{target}'/>{initiator}{auth}</source>"
    return f"<pool type='iscsi-direct'><name>{name}</name>{source}</pool>"


def ceph_pool(name: str, *monitors: str) -> str:
    """Describe a pool in Ceph, behind CephX; without addresses of monitors, in that of the host."""
    source = f"<source><name>rbd</name>{_monitors(*monitors)}{_AUTH}</source>"
    return f"<pool type='rbd'><name>{name}</name>{source}</pool>"


def volume(name: str) -> str:
    """Describe a volume of 8 MiB."""
    form = "<target><format type='qcow2'/></target>"
    return f"<volume><name>{name}</name><capacity unit='MiB'>8</capacity>{form}</volume>"


def network(name: str, bridge: str) -> str:
    """Describe a network that is a bridge, and nothing else."""
    return f"<network><name>{name}</name><bridge name='{bridge}'/></network>"


def routed_network(name: str, bridge: str) -> str:
    """Describe a network with NAT and an address: it takes libvirt longer, as it needs iptables and dnsmasq."""
    address = "<ip address='10.213.1.1' netmask='255.255.255.0'/>"
    return f"<network><name>{name}</name><forward mode='nat'/><bridge name='{bridge}'/>{address}</network>"


def guest(name: str, firmware: Path, *devices: str) -> str:
    """Describe an emulated guest, which needs no hardware's help; it is nothing but its firmware (guest.s)."""
    system = f"<os><type arch='x86_64' machine='pc'>hvm</type><loader>{firmware}</loader></os>"
    return (
        f"<domain type='qemu'><name>{name}</name><memory unit='MiB'>64</memory>{system}<features><acpi/></features>"
        f"<devices>{''.join(devices)}</devices></domain>"
    )


def container(name: str) -> str:
    """Describe a container with a single process, which sleeps."""
    system = "<os><type>exe</type><init>/bin/sleep</init><initarg>infinity</initarg></os>"
    console = "<devices><console type='pty'/></devices>"
    return f"<domain type='lxc'><name>{name}</name><memory unit='MiB'>32</memory>{system}{console}</domain>"


def volume_disk(pool: str, name: str, form: str = "qcow2") -> str:
    """Describe a disk that is a volume of a pool: the pool must be active."""
    return (
        f"<disk type='volume'><driver name='qemu' type='{form}'/><source pool='{pool}' volume='{name}'/>"
        "<target dev='vda' bus='virtio'/></disk>"
    )


def file_disk(path: str, encryption: str) -> str:
    """Describe a disk that is an encrypted file: the secret must have its value."""
    source = f"<source file='{path}'>{encryption}</source>"
    return f"<disk type='file'><driver name='qemu' type='raw'/>{source}<target dev='vda' bus='virtio'/></disk>"


def tpm(secret: str) -> str:
    """Describe a TPM whose state is encrypted: the secret must have its value."""
    backend = f"<backend type='emulator' version='2.0'><encryption secret='{secret}'/></backend>"
    return f"<tpm model='tpm-tis'>{backend}</tpm>"


def ceph_disk(image: str = IMAGE, *monitors: str) -> str:
    """Describe a disk in Ceph: the secret must have its value."""
    auth = f"<auth username='libvirt'><secret type='ceph' uuid='{SECRET}'/></auth>"
    source = f"<source protocol='rbd' name='{image}'>{_monitors(*monitors)}</source>"
    return f"<disk type='network'><driver name='qemu' type='raw'/>{source}{auth}<target dev='vda' bus='virtio'/></disk>"


def interface(name: str) -> str:
    """Describe an interface on a network: the network must be active."""
    return f"<interface type='network'><source network='{name}'/><model type='virtio'/></interface>"


def _monitors(*addresses: str) -> str:
    found = [(address, "6789") for address in addresses] or [MONITOR]
    return "".join(f"<host name='{host}' port='{port}'/>" for host, port in found)
