"""LV201: an object that is not marked needs something that does not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Finding, Fix, Rule, RuleContext, Severity, suggestion
from tierdeps_libvirt._objects.rules.common import listed, needs_of, objects_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each object that cannot be started at all; TD103 reports those that come up at boot."""
    graph = context.graph
    for item in objects_of(graph):
        if item.missing:
            missing = list(dict.fromkeys(need.target for need in item.missing))
            near = suggestion(missing[0], graph.drivers) if not missing[1:] else ""
            yield RULE.finding(
                f"{item.name} cannot be started: there is no {listed(missing)}{near}",
                (item.name,),
                (needs_of(item.name, need) for need in item.missing),
                (Fix(f"define {listed(missing)}, or remove {item.name}"),),
                subject=missing,
            )


RULE = Rule(
    "LV201",
    "cannot-be-started",
    Severity.WARNING,
    "An object that is neither marked autostart nor needed by one that is requires an object that is not defined.\n"
    "Nothing fails at boot, since it is not started then, but starting it by hand fails. For an object that comes up\n"
    "at boot, the same is the error TD103.",
    "qemu/old.xml, without a link to it in qemu/autostart:\n"
    "    <interface type='network'><source network='gone'/></interface>",
    "Define what is missing, or remove what needs it.",
    check,
)
