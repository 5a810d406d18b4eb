"""The importer: from a folder of service descriptions to declarations."""

from __future__ import annotations

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


def read(source: Source) -> Declarations:
    """Return a driver for each service; a template, for each argument that it is required with."""
    given = source.path or Path(source.name)
    folders = folders_of(given)
    root = Root(given, is_image=True) if folders else Root(source.root or given, is_image=source.root is not None)
    problems = Problems()
    services: dict[str, Service] = {}
    for path in (path for folder in folders or (given,) for path in entries(folder, problems, root.path)):
        if path.is_file() and path.name not in services:
            own = Problems()
            service = Service(path, root, tuple(Settings(root, own).read(path)), problems)
            if service.is_service:
                services[path.name] = service
            problems.take(own, lines=service.is_service)
    drivers: dict[str, Driver] = {}
    waiting = [name for name, service in reversed(services.items()) if not service.is_template]
    while waiting:
        name = waiting.pop()
        description = services.get(name) or services.get(name.partition("@")[0])
        if description is not None and name not in drivers:
            drivers[name] = description.driver(name)
            waiting += [item.target for item in reversed(drivers[name].dependencies)]
    return declared(source.name, sorted(drivers.values(), key=lambda driver: driver.name), problems)
