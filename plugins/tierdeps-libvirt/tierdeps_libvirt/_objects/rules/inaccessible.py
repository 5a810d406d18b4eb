"""LV202: objects that could not be listed or read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Evidence, Finding, Fix, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.rules.common import listed, objects_of, required_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_libvirt._objects.objects import LibvirtObject


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield one finding for each reason."""
    groups: dict[str, list[LibvirtObject]] = {}
    for item in objects_of(context.graph):
        if item.inaccessible:
            groups.setdefault(item.inaccessible, []).append(item)
    for reason, items in groups.items():
        names = [item.name for item in items]
        evidence = [
            Evidence(f"{edge.dependent.driver} {edge.kind} {edge.dependency.target}", edge.origin, edge.reason)
            for name in names
            for edge in required_by(context.graph, name)
        ]
        message = f"{reason}; so it is unknown whether {listed(names)} is defined and has a value"
        yield RULE.finding(message, names, evidence, (Fix("read it as root"),))


RULE = Rule(
    "LV202",
    "not-accessible",
    Severity.WARNING,
    "Only root may read the secrets. Objects that need one keep their place in the order, but it is not checked\n"
    "whether the secret is defined and has a value.",
    "$ ls -ld /etc/libvirt/secrets\ndrwx------ 2 root root 4096 Jan  1 00:00 /etc/libvirt/secrets",
    "Run the command as root. Values are never read.",
    check,
)
