"""LV105: a pool that a guest of this host serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Evidence, Finding, Fix, Kind, Origin, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.rules.common import evidence_of, listed, objects_of, required_by, started_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps import DependencyGraph, Edge

DRIVER_BY_DRIVER = Evidence(
    "libvirt starts all pools before any guest",
    Origin(distribution="libvirt", version="5.2.0 and later"),
    "storage is registered before the hypervisors, and each driver auto-starts all that is its own at once",
)
#: The kinds of a pool's needs for a guest: it requires the only one, and wants each of several.
_SERVING = (Kind.REQUIRES, Kind.WANTS)


def check(context: RuleContext) -> Iterator[Finding]:
    """Yield a finding for each pool that has to come up and needs a guest; tierdeps starts the two in their order."""
    graph = context.graph
    if started_here(graph):
        return
    names = {noun: {item.name for item in objects_of(graph) if item.noun is noun} for noun in (Noun.POOL, Noun.DOMAIN)}
    if not all(names.values()):
        return
    serving: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        pool = edge.dependent.driver
        if pool in names[Noun.POOL] and edge.needed.driver in names[Noun.DOMAIN] and edge.kind in _SERVING:
            serving.setdefault(pool, []).append(edge)
    for item in objects_of(graph):
        if item.comes_up and not item.owned and item.name in serving and item.name not in graph.component_counts:
            yield _finding(graph, item.name, serving[item.name])


def _finding(graph: DependencyGraph, pool: str, serving: list[Edge]) -> Finding:
    edges = required_by(graph, pool)
    guests = list(dict.fromkeys(edge.needed.driver for edge in serving))
    dependents = list(dict.fromkeys(edge.dependent.driver for edge in edges))
    fixes = (
        Fix(f"have tierdeps start the objects in their order: {' -> '.join((*guests, pool))}"),
        Fix(f"serve {pool} from another host in place of {listed(guests)}"),
    )
    affected = f", nor will {listed(dependents)}" if dependents else ""
    message = (
        f"{pool} is served by {listed(guests)}, but libvirt starts all pools before any guest: it will not come up at"
        f" boot{affected}"
    )
    evidence = (*evidence_of(edges), *evidence_of(serving), DRIVER_BY_DRIVER)
    return RULE.finding(message, dict.fromkeys((pool, *guests, *dependents)), evidence, fixes)


RULE = Rule(
    "LV105",
    "pool-served-by-a-guest",
    Severity.ERROR,
    "A pool's source is on a guest of the same host. libvirt starts all pools before the first guest, so the pool\n"
    "fails at boot. The objects themselves have an order: the guest first, then the pool. If the guest's own disk is\n"
    "on that pool, they need each other in a cycle: TD101. The guest is recognised by its name, by the address that\n"
    "a virtual network assigns to it, or by its metadata.",
    "storage/shared.xml:     <source><host name='filer'/><dir path='/export'/></source>\n"
    "qemu/filer.xml:         <name>filer</name>\n"
    "or in its <metadata>:   <tierdeps:serves xmlns:tierdeps='urn:tierdeps:libvirt:1' pool='shared'/>",
    "Have tierdeps start the objects, each after those that it needs, or serve the pool from another host.",
    check,
)
