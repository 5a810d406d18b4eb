"""LV201: an object that is not marked needs something that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Finding, Fix, Rule, RuleContext, Severity, suggestion
from tierdeps_libvirt._objects.rules.looking import listed, needs_of, objects_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each object that can be started by nobody; of what comes up at boot TD103 speaks."""
    graph = context.graph
    for item in objects_of(graph):
        if item.lacking:
            missing = list(dict.fromkeys(need.target for need in item.lacking))
            near = suggestion(missing[0], graph.drivers) if not missing[1:] else ""
            yield RULE.finding(
                f"{item.name} cannot be started: there is no {listed(missing)}{near}",
                (item.name,),
                (needs_of(item.name, need) for need in item.lacking),
                (Fix(f"define {listed(missing)}, or take {item.name} away"),),
                subject=missing,
            )


RULE = Rule(
    "LV201",
    "cannot-be-started",
    Severity.WARNING,
    "Something that is neither marked autostart nor needed by what is requires what is not defined. Nothing of it\n"
    "is started at boot, so nothing fails then; but nobody can start it by hand. Of what comes up at boot, the same\n"
    "is the error TD103.",
    "qemu/old.xml, without a link to it in qemu/autostart:\n"
    "    <interface type='network'><source network='gone'/></interface>",
    "Define what is missing, or remove what needs it.",
    check,
)
