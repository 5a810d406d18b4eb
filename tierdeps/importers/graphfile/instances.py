"""A table with ``instances`` declares a driver for each of them, with ``{instance}`` in its texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps.errors import DeclarationError
from tierdeps.importers.graphfile.validation_errors import declaration_error
from tierdeps.model.templates import PlaceholderError, check_instances, fill, instance_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.importers.graphfile.location import SourceLocation

#: The keys of a table that are not of its instances.
_OF_THE_DECLARATION = ("instances", "name")


def instance_tables(name: str, raw: dict[str, Any], location: SourceLocation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the raw table of each instance. Raises InputError."""
    try:
        names = check_instances("instances", raw["instances"])
    except DeclarationError as error:
        raise declaration_error(error, location) from None
    table = {key: value for key, value in raw.items() if key not in _OF_THE_DECLARATION}
    for instance in names:
        yield instance_name(name, instance), _filled_table(table, instance, location)


def _filled_table(table: dict[str, Any], instance: str, location: SourceLocation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        here = location / key
        found[_filled(key, instance, here)] = _filled(value, instance, here)
    return found


def _filled(value: Any, instance: str, location: SourceLocation) -> Any:
    if isinstance(value, str):
        try:
            return fill(value, instance)
        except PlaceholderError as error:
            raise location.error(str(error)) from None
    if isinstance(value, dict):
        return _filled_table(value, instance, location)
    if isinstance(value, list):
        return [_filled(item, instance, location / index) for index, item in enumerate(value)]
    return value
