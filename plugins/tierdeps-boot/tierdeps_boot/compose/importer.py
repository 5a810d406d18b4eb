"""The importer: from a source to declarations."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps import InputError
from tierdeps_boot._declared import declared
from tierdeps_boot._files import shown
from tierdeps_boot._problems import Place, Problems
from tierdeps_boot.compose import profiles
from tierdeps_boot.compose.convert import dependencies, drivers
from tierdeps_boot.compose.detect import COMPOSE_FILE, NAMES, files_of
from tierdeps_boot.compose.files import Files
from tierdeps_boot.compose.model import HEALTHY
from tierdeps_boot.compose.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps import Declarations, Source
    from tierdeps_boot.compose.model import Depends, Service


#: What Compose accepts as the name of a service.
_NAME = re.compile(r"[a-zA-Z0-9._-]+")


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
    if source.content is None and COMPOSE_FILE not in os.environ:  # what names them is part of the project
        place = Place(shown(folder / ".env" if COMPOSE_FILE in variables else folder))
        files = tuple(file for file in files if project_files.may_be_read(file, shown(file), place))
    services = Project(project_files).load(files, folder, variables)
    entries = {name: _named(dependencies(service), services, problems) for name, service in services.items()}
    profiles.check(services, entries, variables, problems)
    _check_health(services, entries, problems)
    facts = profiles.facts(services, variables)
    return declared(source.name, drivers(services, entries), problems, facts=facts)


def _named(entries: Mapping[str, Depends], services: Mapping[str, Service], problems: Problems) -> dict[str, Depends]:
    """Return the entries that can name a service: another name would mean a phase, or instances, to the library."""
    wrong = [name for name in entries if name not in services and not _NAME.fullmatch(name)]
    for name in wrong:
        got = repr(name) if name.strip() else "nothing"
        problems.error(entries[name].place, f"expected the name of a service, got {got}")
    return {name: entry for name, entry in entries.items() if name not in wrong}


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
