"""LV106: a definition that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Evidence, Finding, Fix, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.rules.common import (
    evidence_of,
    listed,
    objects_of,
    required_by,
    started_here,
    weighed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import DependencyGraph
    from tierdeps_libvirt._objects.objects import LibvirtObject

#: What to do about a file that may not be read, or is a link; any other is broken.
FIXES = {"permission denied": "read it as root", "it is a link": "put the file itself in its place, as cp -L does"}
BROKEN = "fix it, or restore it from a backup: libvirt ignores it"


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each; the other definitions are checked nevertheless."""
    graph = context.graph
    for item in objects_of(graph):
        if item.problem:
            yield weighed(_finding(graph, item), fails=not started_here(graph))


def _finding(graph: DependencyGraph, item: LibvirtObject) -> Finding:
    edges = required_by(graph, item.name)
    needing = list(dict.fromkeys(edge.dependent.driver for edge in edges))
    needed = f"; {listed(needing)} will not come up without it" if needing else ""
    fix = next((fix for sign, fix in FIXES.items() if sign in item.problem), BROKEN)
    evidence = (Evidence(item.name, item.origin, item.problem), *evidence_of(edges))
    message = f"{item.origin.file} cannot be read: {item.problem}{needed}"
    return RULE.finding(message, (item.name, *needing), evidence, (Fix(fix),))


RULE = Rule(
    "LV106",
    "unreadable-definition",
    Severity.ERROR,
    "A file among libvirt's definitions is not one: it is not XML, or defines another kind of object, or one of\n"
    "another name than the file's; or it may not be read. libvirt ignores such a file, with a line in its log. A link\n"
    "that leads out of the folder is not followed, and a file that declares a document type or an entity is not read.",
    "storage/images.xml:     <pool type='dir'><name>images</name><target>",
    "Fix or restore the file; if you may not read it, run the command as root.",
    check,
)
