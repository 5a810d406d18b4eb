"""LV107: a disk that is a volume of a pool of which libvirt takes no volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Finding, Fix, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.rules.common import objects_of, virsh, weighed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_libvirt._objects.objects import LibvirtObject


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each such guest: an error if it is to start, otherwise a warning."""
    for item in objects_of(context.graph):
        if item.refused:
            yield weighed(_finding(item), fails=item.comes_up)


def _finding(item: LibvirtObject) -> Finding:
    message = f"{item.name} cannot be started: libvirt takes no volume of such a pool for a disk"
    fix = Fix(f"name the image itself, with <disk type='network'> and <auth>: {virsh(item, 'edit')}")
    return RULE.finding(message, (item.name,), item.refused, (fix,))


RULE = Rule(
    "LV107",
    "volume-refused",
    Severity.ERROR,
    "A guest has a disk that is a volume of a pool of the type rbd, gluster, sheepdog or mpath. libvirt makes such\n"
    "pools and their volumes, but refuses the guest: \"using 'rbd' pools for backing 'volume' disks isn't yet\n"
    'supported".',
    "qemu/db.xml:\n"
    "    <disk type='volume'><source pool='rbd' volume='db'/></disk>\n"
    "storage/rbd.xml:\n"
    "    <pool type='rbd'>",
    "Name the image itself, with the secret:\n"
    "    <disk type='network'><source protocol='rbd' name='rbd/db'>\n"
    "        <auth username='libvirt'><secret type='ceph' uuid='...'/></auth></source></disk>",
    check,
)
