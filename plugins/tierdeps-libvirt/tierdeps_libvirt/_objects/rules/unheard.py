"""LV203: an entry of a guest's metadata has no effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Finding, Fix, Rule, RuleContext, Severity, suggestion
from tierdeps_libvirt._objects.rules.looking import objects_of, virsh

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each."""
    graph = context.graph
    for item in objects_of(graph):
        for evidence in item.unheard:
            target = evidence.text.removeprefix("there is no ")
            near = suggestion(target, graph.drivers) if target != evidence.text else ""
            yield RULE.finding(
                f"{item.name} asks for something in vain: {evidence.text}{near}",
                (item.name,),
                (evidence,),
                (Fix(f"correct it: {virsh(item, 'edit')}"),),
                subject=(evidence.text,),
            )


RULE = Rule(
    "LV203",
    "wish-in-vain",
    Severity.WARNING,
    "The metadata of a guest has an element in the namespace urn:tierdeps:libvirt:1 that says nothing: it names an\n"
    "object that is not defined, or none, or is itself not known. There are after, before, requires, wants and\n"
    "conflicts, each with domain, pool, network, nwfilter, secret or host; and serves with pool.",
    "qemu/web.xml, where no guest is called bd:\n"
    "    <metadata><tierdeps:after xmlns:tierdeps='urn:tierdeps:libvirt:1' domain='bd'/></metadata>",
    "Correct the name, or take the element away.",
    check,
)
