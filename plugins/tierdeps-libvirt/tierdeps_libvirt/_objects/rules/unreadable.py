"""LV106: a definition that cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Evidence, Finding, Fix, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.rules.looking import (
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

#: What to do about a file that is only closed to us, or somewhere else; any other is broken.
FIXES = {"permission denied": "read it as root", "it is a link": "put the file itself in its place, as cp -L does"}
BROKEN = "fix it, or restore it from a backup: libvirt leaves it out"


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
    "A file is where libvirt keeps definitions, and is none: no XML, no such object, of another name than the file,\n"
    "or closed to the reader. libvirt leaves such a file out and says so in its log alone. A link that leads out of\n"
    "the folder is not followed, and a file that declares a document type or an entity is not read.",
    "storage/images.xml:     <pool type='dir'><name>images</name><target>",
    "Fix it or restore it; where it is only closed to you, read the folder as root.",
    check,
)
