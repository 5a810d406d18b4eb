"""LV104: a secret that something needs has no value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Finding, Fix, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.definition import Noun, SecretValue
from tierdeps_libvirt._objects.rules.common import (
    evidence_of,
    itself,
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


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each secret that is needed by an object that is to start."""
    graph = context.graph
    for item in objects_of(graph):
        if item.noun is Noun.SECRET and item.comes_up and item.value in (SecretValue.ABSENT, SecretValue.EPHEMERAL):
            yield weighed(_finding(graph, item), fails=not started_here(graph))


def _finding(graph: DependencyGraph, item: LibvirtObject) -> Finding:
    edges = required_by(graph, item.name)
    needing = list(dict.fromkeys(edge.dependent.driver for edge in edges))
    setting = f"{virsh(item, 'secret-set-value')} --file FILE"
    if item.value is SecretValue.EPHEMERAL:
        problem = "is ephemeral: libvirt keeps its value in memory, and it has none after a boot"
        fixes = [
            Fix("define it again without ephemeral='yes', and set its value"),
            Fix(f"or set its value at every boot, before what needs it is started: {setting}"),
        ]
    else:
        problem = "has no value"
        fixes = [Fix(f"set it: {setting}")]
    message = f"{item.name} {problem}: {listed(needing)} will not come up"
    return RULE.finding(message, (item.name, *needing), (itself(item), *evidence_of(edges)), fixes)


RULE = Rule(
    "LV104",
    "secret-without-value",
    Severity.ERROR,
    "A secret is defined, but its value is not set, or it is ephemeral, so that its value is lost at a boot.\n"
    'libvirt then says "Secret not found: secret ... does not have a value". Only the existence of the file with\n'
    "the value is checked; the value itself is not read.",
    "secrets/0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f.xml, and no secrets/0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f.base64",
    "Set it: virsh secret-set-value UUID --file FILE. In a copy of the configuration that was made without the\n"
    "values, omit this rule: --ignore LV104.",
    check,
)
