"""The importer: from a folder of service descriptions to declarations."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps_boot._declared import declared
from tierdeps_boot._files import entries
from tierdeps_boot._problems import Problems
from tierdeps_boot.dinit.detect import folders_of
from tierdeps_boot.dinit.service import Service
from tierdeps_boot.dinit.settings import Root, Settings

if TYPE_CHECKING:
    from tierdeps import Declarations, Driver, Source

#: A template may require itself with ever longer arguments.
MAX_INSTANCES = 500


def read(source: Source) -> Declarations:
    """Return a driver for each service; a template, for each argument that it is required with."""
    given = source.path or Path(source.name)
    folders = folders_of(given)
    root = Root(given, is_image=True) if folders else Root(source.root or given, is_image=source.root is not None)
    problems = Problems()
    drivers = _drivers(_services(folders or (given,), root, problems), problems)
    return declared(source.name, sorted(drivers.values(), key=lambda driver: driver.name), problems)


def _services(folders: tuple[Path, ...], root: Root, problems: Problems) -> dict[str, Service]:
    """Return the descriptions in folders, of which the first ones count."""
    services: dict[str, Service] = {}
    for path in (path for folder in folders for path in entries(folder, problems, root.path)):
        if path.is_file() and path.name not in services:
            own = Problems()
            service = Service(path, root, tuple(Settings(root, own).read(path)), problems)
            if service.is_service:
                services[path.name] = service
            problems.take(own, lines=service.is_service)
    return services


def _drivers(services: dict[str, Service], problems: Problems) -> dict[str, Driver]:
    """Return the drivers of all services, and of the templates that they require."""
    drivers: dict[str, Driver] = {}
    instances: Counter[str] = Counter()
    waiting = [name for name, service in reversed(services.items()) if not service.is_template]
    while waiting:
        name = waiting.pop()
        base = name if name in services else name.partition("@")[0]
        if base not in services or name in drivers:
            continue
        instances[base] += 1
        if instances[base] > MAX_INSTANCES:
            message = f"{base!r} is required with more than {MAX_INSTANCES} arguments"
            problems.error(services[base].place, message, base)
        else:
            drivers[name] = services[base].driver(name)
            waiting += [item.target for item in reversed(drivers[name].dependencies)]
    return drivers
