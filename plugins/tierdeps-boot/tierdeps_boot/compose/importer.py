"""The importer: from a source to declarations."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps import InputError
from tierdeps_boot._declared import declared
from tierdeps_boot._problems import Problems
from tierdeps_boot.compose import profiles
from tierdeps_boot.compose.convert import dependencies, drivers
from tierdeps_boot.compose.detect import NAMES, files_of
from tierdeps_boot.compose.files import Files
from tierdeps_boot.compose.model import HEALTHY
from tierdeps_boot.compose.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps import Declarations, Source
    from tierdeps_boot.compose.model import Depends, Service


def read(source: Source) -> Declarations:
    """Return the declarations of a project."""
    path = source.path or Path(source.name)
    folder = path if source.content is None else path.parent
    given = {} if source.data is None else {path: source.data}
    problems = Problems()
    project_files = Files(folder, problems, given)
    variables = project_files.variables([folder / ".env"], os.environ)
    files = files_of(path, variables) if source.content is None or source.path is not None else (path,)
    if not files:
        raise InputError(source.name, f"expected one of {', '.join(NAMES)} in the folder")
    services = Project(project_files).load(files, folder, variables)
    entries = {name: dependencies(service) for name, service in services.items()}
    profiles.check(services, entries, variables, problems)
    _check_health(services, entries, problems)
    facts = profiles.facts(services, variables)
    return declared(source.name, drivers(services, entries), problems, facts=facts)


def _check_health(
    services: Mapping[str, Service], entries: Mapping[str, Mapping[str, Depends]], problems: Problems
) -> None:
    """Add a problem for each service that waits for the health of one whose health check is disabled."""
    disabled = {name for name, service in services.items() if service.healthcheck is False}
    for name, found in entries.items() if disabled else ():
        for target, entry in found.items():
            if target in disabled and entry.condition == HEALTHY:
                message = f"{name!r} waits until {target!r} is healthy, but its health check is disabled"
                problems.error(entry.place, message, name, target)
