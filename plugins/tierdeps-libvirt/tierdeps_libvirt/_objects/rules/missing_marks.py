"""LV101, LV102, LV103: an object that is marked autostart needs one that is not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tierdeps import Finding, Fix, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.rules.common import (
    MARKING,
    bring_up,
    evidence_of,
    listed,
    objects_of,
    required_by,
    started_here,
    virsh,
    weighed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import DependencyGraph
    from tierdeps_libvirt._objects.objects import LibvirtObject


def check(noun: Noun, context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each object of a kind that has to come up and is not marked.

    None if tierdeps starts the objects, now or at boot: it starts what is needed too.
    """
    if started_here(context.graph):
        return
    for item in objects_of(context.graph):
        if item.noun is noun and item.comes_up and not (item.marked or item.problem or item.owned):
            yield _finding(context.graph, item)


def _finding(graph: DependencyGraph, item: LibvirtObject) -> Finding:
    edges = required_by(graph, item.name)
    needing = list(dict.fromkeys(edge.dependent.driver for edge in edges))
    fixes = (Fix(f"mark it: {virsh(item, MARKING[item.noun])}"), bring_up(item))
    message = f"{item.name} is not marked autostart: {listed(needing)} will not come up at boot without it"
    evidence = evidence_of(edges)
    if item.activated is not None:
        message = f"{item.name} is not marked autostart: {listed(needing)} will come up only if libvirt finds it active"
        evidence.append(item.activated)
    finding = RULE_OF[item.noun].finding(message, (item.name, *needing), evidence, fixes)
    return weighed(finding, fails=item.activated is None)


_ACTIVATED = (
    "\nPools of some types are active after a boot although they are not marked, if their storage exists: dir, disk,\n"
    "logical, mpath, scsi, zfs, and a file system that the host mounts by itself. For those it is a warning, unless\n"
    "they lie in a pool that is mounted first, or their storage is missing."
)


def _rule(code: str, noun: Noun, name: str, example: str, more: str = "") -> Rule:
    return Rule(
        code,
        name,
        Severity.ERROR,
        f"An object that is marked autostart requires a {noun} that is not. At boot libvirt starts only what is\n"
        "marked: an object that needs another one fails, with one line in a log. check reports what libvirt does by\n"
        f"itself; order and start assume that tierdeps starts what is needed, and do not report it.{more}",
        example,
        f"Mark it: virsh {MARKING[noun]} NAME. Or have tierdeps bring the host up:\n"
        "tierdeps start --leave-running /etc/libvirt.",
        partial(check, noun),
    )


RULES = (
    _rule(
        "LV101",
        Noun.POOL,
        "pool-not-marked",
        "qemu/web.xml, with a link to it in qemu/autostart:\n"
        "    <disk type='volume'><source pool='images' volume='web.qcow2'/></disk>\n"
        "storage/images.xml, of type netfs, with none in storage/autostart",
        _ACTIVATED,
    ),
    _rule(
        "LV102",
        Noun.NETWORK,
        "network-not-marked",
        "qemu/web.xml, with a link to it in qemu/autostart:\n"
        "    <interface type='network'><source network='lan'/></interface>\n"
        "or by the bridge that the network makes:\n"
        "    <interface type='bridge'><source bridge='virbr1'/></interface>\n"
        "qemu/networks/lan.xml, with none in qemu/networks/autostart",
    ),
    _rule(
        "LV103",
        Noun.DOMAIN,
        "guest-not-marked",
        "qemu/web.xml, with a link to it in qemu/autostart:\n"
        "    <metadata><tierdeps:requires xmlns:tierdeps='urn:tierdeps:libvirt:1' domain='db'/></metadata>\n"
        "qemu/db.xml, with none in qemu/autostart",
    ),
)
RULE_OF = dict(zip((Noun.POOL, Noun.NETWORK, Noun.DOMAIN), RULES, strict=True))
