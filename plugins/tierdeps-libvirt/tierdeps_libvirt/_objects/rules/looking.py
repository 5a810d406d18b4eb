"""What the rules share: libvirt's objects in a graph, what depends on each, and how much a finding weighs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Evidence, Severity, replace
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.objects import STARTED_HERE, LibvirtObject

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps import Dependency, DependencyGraph, Edge, Finding

#: How virsh calls what marks, by kind.
MARKING = {"pool": "pool-autostart", "network": "net-autostart", "domain": "autostart"}
#: Where virsh finds the guests of those hypervisors that it does not ask by itself.
ADDRESSES = {"lxc": "lxc:///system", "libxl": "xen:///system", "uml": "uml:///system"}

_KINDS = tuple(f"{noun}/" for noun in Noun)


def objects_of(graph: DependencyGraph) -> list[LibvirtObject]:
    """Return libvirt's objects, by name; a graph may have other drivers too, and so many that none is looked at."""
    found = (graph.drivers[name] for name in graph.drivers if name.startswith(_KINDS))
    return [driver for driver in found if isinstance(driver, LibvirtObject)]


def started_here(graph: DependencyGraph) -> bool:
    """Return whether tierdeps starts what is needed; otherwise libvirt does by itself, and goes by its marks alone."""
    return graph.declarations.facts.get(STARTED_HERE, False)


def required_by(graph: DependencyGraph, name: str) -> list[Edge]:
    """Return the requirements on an object of objects that come up, those that are marked first."""
    found = [edge for edge in graph.edges if edge.needed.driver == name and edge.kind == "requires"]
    owners = {edge: graph.drivers[edge.dependent.driver] for edge in found}
    up = [edge for edge, owner in owners.items() if isinstance(owner, LibvirtObject) and owner.comes_up]
    return sorted(up, key=lambda edge: (not getattr(owners[edge], "marked", False), edge.sort_key))


def evidence_of(edges: Iterable[Edge]) -> list[Evidence]:
    """Return what dependencies say."""
    return [needs_of(edge.dependent.driver, edge.dependency) for edge in edges]


def needs_of(name: str, dependency: Dependency) -> Evidence:
    """Return what one dependency says."""
    return Evidence(f"{name} {dependency.kind} {dependency.target}", dependency.origin, dependency.reason)


def itself(item: LibvirtObject) -> Evidence:
    """Return where an object is defined."""
    return Evidence(item.name, item.origin)


def weighed(finding: Finding, *, fails: bool) -> Finding:
    """Return a finding as an error where something does not come up, or as a warning."""
    return replace(finding, severity=Severity.ERROR if fails else Severity.WARNING)


def listed(names: Iterable[str]) -> str:
    """Name a few, and count the rest."""
    found = list(dict.fromkeys(names))
    if len(found) > 3:  # noqa: PLR2004  more would not be read
        return f"{', '.join(found[:2])} and {len(found) - 2} more"
    return " and ".join((", ".join(found[:-1]), found[-1])) if found[1:] else "".join(found)


def virsh(item: LibvirtObject, command: str) -> str:
    """Return what to type in a shell to do something to an object."""
    from shlex import join

    where = ("-c", ADDRESSES[item.hypervisor]) if item.hypervisor in ADDRESSES else ()
    return join(("virsh", *where, command, item.own_name))
