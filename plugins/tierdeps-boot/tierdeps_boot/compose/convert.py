"""From services to drivers: a phase for each condition that others wait for."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tierdeps import Coupling, Dependency, Driver, Kind, OnRestart, Origin
from tierdeps_boot.compose.model import COMPLETED, HEALTHY, STARTED, Depends
from tierdeps_boot.compose.profiles import fact_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps_boot._problems import Place
    from tierdeps_boot.compose.model import Reference, Service

PHASES = {STARTED: "start", HEALTHY: "healthy", COMPLETED: "completed"}
RESTARTED, UNCOUPLED = Coupling(on_restart=OnRestart.RESTART), Coupling()
_SERVICE = "service:"
_CONTAINER = "container"


def dependencies(service: Service) -> dict[str, Depends]:
    """Return what a service waits for; what it uses of another service is waited for too, unless it says how."""
    found = {name: entry for name, entry in (service.depends_on or {}).items() if not entry.removed}
    for item in service.links or ():
        found.setdefault(item.text.split(":")[0], _started(item, restart=True))
    for namespace in (service.network_mode, service.ipc, service.pid, service.uts, service.cgroup):
        if namespace is not None and namespace.text.startswith(_SERVICE):
            found.setdefault(namespace.text.removeprefix(_SERVICE), _started(namespace, restart=True))
    for item in service.volumes_from or ():
        if (name := item.text.split(":")[0]) != _CONTAINER:
            found.setdefault(name, _started(item, restart=False))
    return found


def _started(reference: Reference, *, restart: bool) -> Depends:
    return Depends(reference.place, STARTED, required=True, restart=restart)


def drivers(services: Mapping[str, Service], entries: Mapping[str, Mapping[str, Depends]]) -> list[Driver]:
    """Return a driver for each service, whose dependencies are given."""
    awaited: defaultdict[str, set[str]] = defaultdict(lambda: {STARTED})
    for found in entries.values():
        for target, entry in found.items():
            if entry.condition is not None:
                awaited[target].add(entry.condition)
    phases = {name: tuple(PHASES[condition] for condition in PHASES if condition in awaited[name]) for name in services}
    return [_driver(name, service, entries[name], phases) for name, service in services.items()]


def _driver(
    name: str, service: Service, entries: Mapping[str, Depends], phases: Mapping[str, tuple[str, ...]]
) -> Driver:
    return Driver(
        name,
        phases=phases[name],
        dependencies=tuple([_dependency(name, target, entry, phases) for target, entry in entries.items()]),
        origin=_origin(service.place, f"services.{name}"),
        when=fact_of(service),
    )


def _dependency(name: str, target: str, entry: Depends, phases: Mapping[str, tuple[str, ...]]) -> Dependency:
    required = entry.required is not False
    phase = PHASES[entry.condition or STARTED]
    several = len(phases.get(target, ())) > 1
    return Dependency(
        Kind.REQUIRES if required else Kind.WANTS,
        f"{target}:{phase}" if several else target,
        origin=_origin(entry.place, f"services.{name}"),
        optional=not required,
        coupling=RESTARTED if entry.restart else UNCOUPLED,
    )


def _origin(place: Place, key: str) -> Origin:
    return Origin(place.file, place.line or None, key)
