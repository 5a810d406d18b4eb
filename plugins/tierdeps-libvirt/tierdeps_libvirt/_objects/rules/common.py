"""Common parts of the rules: libvirt's objects in a graph, what depends on each, and the severity of findings."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tierdeps import Evidence, Fix, Severity, replace
from tierdeps_libvirt._connection import HYPERVISORS
from tierdeps_libvirt._objects.definition import Noun
from tierdeps_libvirt._objects.objects import STARTED_HERE, LibvirtObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tierdeps import Dependency, DependencyGraph, Edge, Finding

#: The command of virsh that marks an object, by kind.
MARKING = {"pool": "pool-autostart", "network": "net-autostart", "domain": "autostart"}
#: The requirements on each object, for each graph that is being checked: searching all of them for every object would
#: take too long.
_REQUIREMENTS: WeakKeyDictionary[DependencyGraph, Mapping[str, Sequence[Edge]]] = WeakKeyDictionary()

_KINDS = tuple(f"{noun}/" for noun in Noun)


def objects_of(graph: DependencyGraph) -> list[LibvirtObject]:
    """Return libvirt's objects, by name; a graph may have very many other drivers, which are not instantiated."""
    found = (graph.drivers[name] for name in graph.drivers if name.startswith(_KINDS))
    return [driver for driver in found if isinstance(driver, LibvirtObject)]


def started_here(graph: DependencyGraph) -> bool:
    """Return whether tierdeps starts what is needed; otherwise libvirt starts by itself only what is marked."""
    return graph.declarations.facts.get(STARTED_HERE, False)


def required_by(graph: DependencyGraph, name: str) -> list[Edge]:
    """Return the requirements on an object of objects that come up, those that are marked first."""
    found = _REQUIREMENTS.get(graph)
    if found is None:
        found = _REQUIREMENTS[graph] = _requirements(graph)
    return list(found.get(name, ()))


def _requirements(graph: DependencyGraph) -> dict[str, list[Edge]]:
    found: dict[str, list[tuple[bool, Edge]]] = {}
    for edge in graph.edges:  # sorted
        owner = graph.drivers[edge.dependent.driver]
        if edge.kind == "requires" and isinstance(owner, LibvirtObject) and owner.comes_up:
            found.setdefault(edge.needed.driver, []).append((not owner.marked, edge))
    return {
        name: [edge for _, edge in sorted(edges, key=lambda pair: (pair[0], pair[1].sort_key))]
        for name, edges in found.items()
    }


def evidence_of(edges: Iterable[Edge]) -> list[Evidence]:
    """Return dependencies as evidence."""
    return [needs_of(edge.dependent.driver, edge.dependency) for edge in edges]


def needs_of(name: str, dependency: Dependency) -> Evidence:
    """Return a dependency as a sentence."""
    return Evidence(f"{name} {dependency.kind} {dependency.target}", dependency.origin, dependency.reason)


def itself(item: LibvirtObject) -> Evidence:
    """Return the definition of an object as evidence."""
    return Evidence(item.name, item.origin)


def weighed(finding: Finding, *, fails: bool) -> Finding:
    """Return a finding as an error if something does not start because of it, otherwise as a warning."""
    return replace(finding, severity=Severity.ERROR if fails else Severity.WARNING)


def listed(names: Iterable[str]) -> str:
    """Return the first names, and the number of the others."""
    found = list(dict.fromkeys(names))
    if len(found) > 3:  # noqa: PLR2004  more would not be read
        return f"{', '.join(found[:2])} and {len(found) - 2} more"
    return " and ".join((", ".join(found[:-1]), found[-1])) if found[1:] else "".join(found)


def virsh(item: LibvirtObject, command: str) -> str:
    """Return the virsh command for an object, quoted for a shell, with the given connection."""
    from shlex import join

    address = item.address or HYPERVISORS.get(item.hypervisor, "")
    where = ("-c", address) if item.address or item.hypervisor not in ("", "qemu") else ()
    return join(("virsh", *where, command, item.own_name))


def bring_up(item: LibvirtObject) -> Fix:
    """Return the fix to let tierdeps start the objects: it starts what is needed too."""
    from shlex import quote

    start = f"tierdeps start --leave-running {quote(item.source)}"
    return Fix(f"have tierdeps start it, and what it needs: {start}")
