"""LV203: an entry of a guest's metadata has no effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Finding, Fix, Rule, RuleContext, Severity, suggestion
from tierdeps_libvirt._objects.rules.common import objects_of, virsh

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each."""
    graph = context.graph
    for item in objects_of(graph):
        for evidence in item.ineffective:
            target = evidence.text.removeprefix("there is no ")
            near = suggestion(target, graph.drivers) if target != evidence.text else ""
            yield RULE.finding(
                f"an element of the metadata of {item.name} has no effect: {evidence.text}{near}",
                (item.name,),
                (evidence,),
                (Fix(f"correct it: {virsh(item, 'edit')}"),),
                subject=(evidence.text,),
            )


RULE = Rule(
    "LV203",
    "metadata-without-effect",
    Severity.WARNING,
    "The metadata of a guest has an element in the namespace urn:tierdeps:libvirt:1 that has no effect: it names an\n"
    "object that is not defined, or none, or the element itself is unknown. Known are after, before, requires, wants\n"
    "and conflicts, each with domain, pool, network, nwfilter, secret or host; serves with pool; and ready.",
    "qemu/web.xml, where no guest is called bd:\n"
    "    <metadata><tierdeps:after xmlns:tierdeps='urn:tierdeps:libvirt:1' domain='bd'/></metadata>",
    "Correct the name, or remove the element.",
    check,
)
