"""LV105: a pool that a guest of this host serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Evidence, Finding, Fix, Kind, Origin, Rule, RuleContext, Severity
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.rules.looking import evidence_of, listed, objects_of, required_by, started_here

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
    serving: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        pool = edge.dependent.driver
        if pool in names[Noun.POOL] and edge.needed.driver in names[Noun.DOMAIN] and edge.kind in _SERVING:
            serving.setdefault(pool, []).append(edge)
    for item in objects_of(graph):
        if item.comes_up and not item.owned and item.name in serving and item.name not in graph.component_counts:
            yield _finding(graph, item.name, serving[item.name])


def _finding(graph: DependencyGraph, pool: str, serving: list[Edge]) -> Finding:
    standing = required_by(graph, pool)
    guests = list(dict.fromkeys(edge.needed.driver for edge in serving))
    victims = list(dict.fromkeys(edge.dependent.driver for edge in standing))
    fixes = (
        Fix(f"have tierdeps bring the host up, object by object: {' -> '.join((*guests, pool))}"),
        Fix(f"take {pool} off {listed(guests)}: serve it from outside of this host"),
    )
    fate = f", nor will {listed(victims)}" if victims else ""
    message = (
        f"{pool} is served by {listed(guests)}, a cycle across drivers: storage has to wait for a guest, and guests for"
        f" storage; it will not come up at boot{fate}"
    )
    evidence = (*evidence_of(standing), *evidence_of(serving), DRIVER_BY_DRIVER)
    return RULE.finding(message, dict.fromkeys((pool, *guests, *victims)), evidence, fixes)


RULE = Rule(
    "LV105",
    "pool-behind-a-guest",
    Severity.ERROR,
    "A pool's source is on a guest of this very host: storage needs a hypervisor, which needs storage. Between\n"
    "objects there is an order, but libvirt goes driver by driver: when it starts the pools no guest runs yet. Where\n"
    "the guest itself lies on the pool, there is no order at all: TD101. That a guest serves a pool is told by its\n"
    "name, by the address that a virtual network gives it, or by its metadata.",
    "storage/shared.xml:     <source><host name='filer'/><dir path='/export'/></source>\n"
    "qemu/filer.xml:         <name>filer</name>\n"
    "or in its <metadata>:   <tierdeps:serves xmlns:tierdeps='urn:tierdeps:libvirt:1' pool='shared'/>",
    "Have tierdeps bring the host up, which goes object by object, or serve the pool from elsewhere.",
    check,
)
