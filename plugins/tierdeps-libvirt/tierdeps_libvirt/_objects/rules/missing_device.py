"""LV204: a device of the host that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Finding, Fix, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.rules.common import evidence_of, listed, objects_of, required_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import DependencyGraph
    from tierdeps_libvirt._objects.objects import LibvirtObject


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each device that is needed by an object that is to start."""
    graph = context.graph
    for item in objects_of(graph):
        if item.present is False and item.comes_up:
            yield _finding(graph, item)


def _finding(graph: DependencyGraph, item: LibvirtObject) -> Finding:
    edges = required_by(graph, item.name)
    needing = list(dict.fromkeys(edge.dependent.driver for edge in edges))
    need = "needs" if len(needing) == 1 else "need"
    message = (
        f"there is no {item.own_name} on this host now: {listed(needing)} {need} it, and libvirt does not create it"
    )
    fix = Fix(f"create it in the host's own configuration, before libvirt starts: {item.own_name}")
    return RULE.finding(message, (item.name, *needing), evidence_of(edges), (fix,))


RULE = Rule(
    "LV204",
    "host-device-absent",
    Severity.WARNING,
    "An object that comes up needs a bridge or another device of the host, which does not exist now. libvirt starts\n"
    "a network nevertheless, and a guest on it fails and is not retried. tierdeps waits for the device when it starts\n"
    "them. Only devices of this host are looked up.",
    "qemu/networks/lan.xml:\n    <forward mode='bridge'/><bridge name='br0'/>\n$ ls /sys/class/net\nlo",
    "Create the device in the host's own configuration, before libvirt starts.",
    check,
)
