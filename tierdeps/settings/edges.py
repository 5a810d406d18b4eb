"""Dependencies in the settings: for drivers that are declared elsewhere, in the syntax of graph files."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from tierdeps.errors import DeclarationError
from tierdeps.importers.graphfile.convert import dependency
from tierdeps.importers.graphfile.key_lines import KeyLines
from tierdeps.importers.graphfile.location import SourceLocation
from tierdeps.importers.graphfile.schema import Name, Terms, does
from tierdeps.importers.graphfile.validation_errors import convert, declaration_error
from tierdeps.model import Addition, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

Several = Annotated[tuple[Name, ...], Meta(min_length=1)]
Targets = Annotated[Name | Several | None, Meta(description="a name or a list of names")]


class DependencyEntry(Terms, frozen=True, forbid_unknown_fields=True):
    """One entry: the driver, its targets under one verb, and the terms."""

    driver: Annotated[
        str, Meta(min_length=1, description="the name of a driver"), does("The driver that gets the dependency.")
    ]
    requires: Annotated[
        Targets, does("A driver or capability that must be ready first; if it fails, the driver is blocked.")
    ] = None
    wants: Annotated[
        Targets,
        does("A driver or capability that starts first; if it fails or is absent, the driver starts nevertheless."),
    ] = None
    after: Annotated[Targets, does("Drivers or capabilities that start first, if they are present; order only.")] = None
    before: Annotated[Targets, does("Drivers or capabilities that start later, if they are present; order only.")] = (
        None
    )
    conflicts: Annotated[Targets, does("Drivers or capabilities that must not be in the same graph.")] = None
    pulls: Annotated[
        Targets, does("Drivers or capabilities that are added to the plan with this driver, without an order.")
    ] = None
    required_by: Annotated[Targets, does("Drivers that require this one, as if they declared requires.")] = None
    wanted_by: Annotated[Targets, does("Drivers that want this one, as if they declared wants.")] = None


class _Document(Struct, frozen=True):
    """The one key of a settings file that is read here."""

    dependencies: Annotated[
        tuple[Annotated[DependencyEntry, Meta(description='a table such as { driver = "a", after = "b" }')], ...],
        Meta(description="a list of tables, each with the key in double brackets above it"),
    ]


def additions(name: str, text: str, raw: object, table: str) -> tuple[Addition, ...]:
    """Return the dependencies in the raw value of that key. Raises InputError with a line.

    ``text`` is the whole TOML file, ``table`` the dotted name of the table that has the key, empty for the top.
    """
    location = SourceLocation(name, table, lines=KeyLines(text.replace("\r\n", "\n")).document().lines)
    entries = convert({"dependencies": raw}, _Document, location).dependencies
    return tuple(
        item for index, entry in enumerate(entries) for item in _added(entry, location / "dependencies" / index)
    )


def _added(entry: DependencyEntry, location: SourceLocation) -> Iterator[Addition]:
    """Yield what one entry declares: an addition for each target, and a target alone has the entry as its location."""
    kind = _verb(entry, location)
    targets: str | tuple[str, ...] = getattr(entry, kind.value)
    named = (
        ((targets, location),)
        if isinstance(targets, str)
        else zip(targets, _items(location / kind.value), strict=False)
    )
    for target, here in named:
        try:
            yield Addition(entry.driver, dependency(kind, target, entry, here.origin))
        except DeclarationError as error:
            raise declaration_error(error, here if error.what.startswith("the ") else location) from None


def _items(location: SourceLocation) -> Iterator[SourceLocation]:
    return (location / index for index in count())


def _verb(entry: DependencyEntry, location: SourceLocation) -> Kind:
    given = [kind for kind in Kind if getattr(entry, kind.value) is not None]
    if len(given) != 1:
        got = " and ".join(given) or "none of them"
        raise location.error(
            f"expected one of {', '.join(Kind)}, got {got}{'; write an entry for each' if given else ''}"
        )
    return given[0]
