"""The importer: from a source folder to declarations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps import Driver, Kind
from tierdeps_boot._declared import declared
from tierdeps_boot._files import entries
from tierdeps_boot._names import Name, edge, origin_of
from tierdeps_boot._problems import Problems
from tierdeps_boot.s6_rc.definition import definition_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps import Declarations, Dependency, Source
    from tierdeps_boot.s6_rc.definition import Definition


def read(source: Source) -> Declarations:
    """Return a driver for each service, each bundle and each pipeline that has a name."""
    root = source.path or Path(source.name)
    problems = Problems()
    found = {}
    for folder in entries(root, problems):
        if folder.is_dir() and (definition := definition_of(folder, problems)) is not None:
            found[definition.name] = definition
    _check_pipelines(found, problems)
    drivers = [_driver(definition) for definition in found.values()]
    pipelines = [_pipeline(found, item, item.pipeline) for item in found.values() if item.pipeline]
    return declared(source.name, [*drivers, *pipelines], problems)


def _driver(definition: Definition) -> Driver:
    return Driver(
        definition.name,
        dependencies=(*_edges(definition.dependencies), *_edges(definition.contents), *_logger(definition)),
        description=definition.type,
        origin=origin_of(definition.place),
    )


def _edges(names: tuple[Name, ...]) -> list[Dependency]:
    return [edge(Kind.REQUIRES, name) for name in names]


def _logger(definition: Definition) -> list[Dependency]:
    """Return what a producer requires: whatever reads its output is up before it."""
    return [edge(Kind.REQUIRES, name, reason="reads its output") for name in definition.producer_for]


def _pipeline(found: Mapping[str, Definition], last: Definition, name: Name) -> Driver:
    """Return the bundle of a pipeline: its last consumer and all that feeds it."""
    members: dict[str, Name] = {}
    waiting = [Name(last.place, last.name)]
    while waiting:
        member = waiting.pop()
        if member.text not in members:
            members[member.text] = member
            waiting += found[member.text].consumer_for if member.text in found else ()
    return Driver(
        name.text,
        dependencies=tuple(_edges(tuple(members.values()))),
        description="pipeline",
        origin=origin_of(name.place),
    )


def _check_pipelines(found: Mapping[str, Definition], problems: Problems) -> None:
    """Add a problem for each end of a pipe whose other end does not know it."""
    for definition in found.values():
        for name in definition.producer_for:
            other = found.get(name.text)
            if other is not None and definition.name not in [item.text for item in other.consumer_for]:
                message = f"{name.text!r} does not name {definition.name!r} in its consumer-for"
                problems.error(name.place, message, definition.name, name.text)
        for name in definition.consumer_for:
            other = found.get(name.text)
            if other is None or definition.name not in [item.text for item in other.producer_for]:
                message = f"{name.text!r} does not name {definition.name!r} in its producer-for"
                problems.error(name.place, message, definition.name, name.text)
