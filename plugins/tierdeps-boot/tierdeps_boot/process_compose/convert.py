"""From definitions to process drivers: a process is ready once what others wait for has come."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from tierdeps import Alive, Coupling, DeclarationError, Dependency, Driver, Kind, OnFailed, Process, replace
from tierdeps_boot._names import origin_of
from tierdeps_boot.process_compose.model import COMPLETED, HEALTHY, LOGGED, SHELL, SUCCEEDED, Availability, Shutdown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps_boot._problems import Problems
    from tierdeps_boot.process_compose.model import Awaited, Definition

#: How a template of Go begins, which process-compose fills in and this importer does not.
_TEMPLATE = "{{"
#: How often a process is started again where process-compose has no limit, and after how many seconds by default.
_RESTARTS, _BACKOFF_S = 1_000_000, 1
_WHATEVER, _SUCCESS = Coupling(failed=OnFailed.PASS), Coupling()


def deferred(found: Mapping[str, Definition]) -> tuple[str, ...]:
    """Return the drivers of processes that are not started with the others."""
    return tuple(name for process in found if found[process].is_deferred for name in names_of(process, found))


def names_of(process: str, found: Mapping[str, Definition]) -> tuple[str, ...]:
    """Return the drivers that a process stands for: its replicas, if it has several."""
    count = (found[process].replicas or 1) if process in found else 1
    width = len(str(count))
    return (process,) if count == 1 else tuple(f"{process}-{number:0{width}}" for number in range(count))


def drivers(found: Mapping[str, Definition], problems: Problems) -> list[Driver]:
    """Return a driver for each process, and for each replica of one."""
    awaited: defaultdict[str, set[str]] = defaultdict(set)
    for name, definition in found.items():
        for target, entry in (definition.depends_on or {}).items():
            awaited[target].add(entry.condition)
            if target in found:
                _check(name, target, entry, found[target], problems)
    made = []
    for name, given in found.items():
        definition = replace(given, depends_on=_named(name, given.depends_on or {}, found, problems))
        process = _process(name, definition, awaited[name], problems)
        made += [_driver(replica, name, definition, process, found) for replica in names_of(name, found)]
    return made


def _named(
    name: str, entries: Mapping[str, Awaited], found: Mapping[str, Definition], problems: Problems
) -> Mapping[str, Awaited]:
    """Return the entries whose names mean to the library what they mean here: not a phase, nor all instances."""
    wrong = [target for target in entries if target not in found and (":" in target or target.endswith("@*"))]
    for target in wrong:
        problems.error(entries[target].place, f"{name!r} depends on {target!r}, and there is no such process", name)
    return {target: entry for target, entry in entries.items() if target not in wrong}


def _check(name: str, target: str, entry: Awaited, definition: Definition, problems: Problems) -> None:
    """Add a problem for a condition that never comes."""
    if entry.condition == HEALTHY and definition.probe is None:
        problems.error(entry.place, f"{name!r} waits until {target!r} is healthy, but it has no probe", name, target)
    if entry.condition == LOGGED and not definition.ready_log_line:
        message = f"{name!r} waits for a line in the log of {target!r}, but it has no ready_log_line"
        problems.error(entry.place, message, name, target)


def _driver(
    replica: str, name: str, definition: Definition, process: Process | None, found: Mapping[str, Definition]
) -> Driver:
    edges = [
        Dependency(
            Kind.REQUIRES,
            other,
            origin=origin_of(entry.place, f"processes.{name}"),
            coupling=_WHATEVER if entry.condition == COMPLETED else _SUCCESS,
        )
        for target, entry in (definition.depends_on or {}).items()
        for other in names_of(target, found)
    ]
    return Driver(
        replica,
        dependencies=tuple(edges),
        description=definition.description or "",
        process=process,
        origin=origin_of(definition.place, f"processes.{name}"),
    )


def _process(name: str, definition: Definition, awaited: set[str], problems: Problems) -> Process | None:
    """Return what is run; None, with a warning, where it cannot be run as it is."""
    command = _command(definition)
    ready = _ready(definition, awaited)
    if not command:
        return None
    why = "it is a daemon" if definition.is_daemon else ""
    if any(_TEMPLATE in text for text in (*command, ready or "", definition.working_dir or "")):
        why = "it is a template, which process-compose fills in"
    if why:
        problems.warning(definition.place, f"{name!r} is read, but cannot be run: {why}", name)
        return None
    availability = definition.availability or Availability("no")
    shutdown = definition.shutdown or Shutdown()
    try:
        return Process(
            command,
            ready=ready,
            env=tuple((definition.environment or {}).items()),
            cwd=definition.working_dir or None,
            stop_signal=shutdown.signal or "SIGTERM",
            stop_command=_in_shell(shutdown.command) if shutdown.command else (),
            restart="no" if ready == "exit" else availability.restart,  # its end is awaited, and it is tried once
            restart_limit=availability.limit or _RESTARTS,
            restart_backoff=float(_BACKOFF_S if availability.backoff is None else availability.backoff),
            alive=None if ready == "exit" else _alive(definition),
        )
    except DeclarationError as error:
        problems.warning(definition.place, f"{name!r} is read, but cannot be run: {error}", name)
        return None


def _command(definition: Definition) -> tuple[str, ...]:
    if definition.command:
        return _in_shell(definition.command)
    return definition.entrypoint or ()


def _in_shell(command: str) -> tuple[str, ...]:
    return (*SHELL, command.replace("$$", "$"))


def _alive(definition: Definition) -> Alive | None:
    """Return how the process is checked while it is up: by either probe, as process-compose does it."""
    for probe in (definition.liveness_probe, definition.readiness_probe):
        if probe is not None and probe.text and _TEMPLATE not in probe.text:
            return Alive(probe.text, probe.every, probe.failures, min(probe.timeout, probe.every))
    return None


def _ready(definition: Definition, awaited: set[str]) -> str | None:
    """Return when the process is ready: at the latest of what others wait for."""
    if awaited & {COMPLETED, SUCCEEDED}:
        return "exit"
    if HEALTHY in awaited and definition.probe and definition.probe.text:
        return definition.probe.text
    if LOGGED in awaited and definition.ready_log_line:
        return f"log:{re.escape(definition.ready_log_line)}"
    return None
