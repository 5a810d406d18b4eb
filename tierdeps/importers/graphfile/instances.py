"""A table with ``instances`` or ``hosts`` declares a driver for each of them, with its name in the texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps.errors import DeclarationError
from tierdeps.importers.graphfile.validation_errors import declaration_error
from tierdeps.model.hosts import check_hosts
from tierdeps.model.placeholders import HOST, INSTANCE, PlaceholderError, fill, instance_name
from tierdeps.model.templates import check_instances

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps.importers.graphfile.location import SourceLocation

#: The keys of a table that are not of its instances.
_OF_THE_DECLARATION = ("instances", "name", "host", "hosts")


def instance_tables(
    name: str, raw: dict[str, Any], location: SourceLocation, groups: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the raw table of each instance, or of the driver on each host. Raises InputError."""
    if raw.get("hosts") and "instances" in raw:
        raise (location / "hosts").error(
            "expected hosts or instances, got both; to place each instance on a host of its name: host = '{instance}'"
        )
    if raw.get("hosts") and "host" in raw:
        raise (location / "host").error("expected host or hosts, got both")
    table = {key: value for key, value in raw.items() if key not in _OF_THE_DECLARATION}
    for each, values in _each(name, raw, location, groups):
        host = {HOST: values[HOST]} if HOST in values else {}
        yield each, host | _filled_table(table, values, location)


def _each(
    name: str, raw: dict[str, Any], location: SourceLocation, groups: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name of each driver, with the values of its placeholders."""
    hosts = raw.get("hosts")
    try:
        if hosts or isinstance(hosts, list):  # an empty list is refused
            known = groups[hosts] if isinstance(hosts, str) else check_hosts("hosts", hosts)
            yield from ((instance_name(name, host), {HOST: host, INSTANCE: host}) for host in known)
        elif "instances" in raw:
            for instance in check_instances("instances", raw["instances"]):
                yield instance_name(name, instance), _on_host(raw, {INSTANCE: instance}, location)
        else:
            yield name, _on_host(raw, {}, location)
    except DeclarationError as error:
        raise declaration_error(error, location) from None


def _on_host(raw: dict[str, Any], values: dict[str, str], location: SourceLocation) -> dict[str, str]:
    """Return the values of placeholders with the host, if the table has one."""
    return values | {HOST: _filled(raw["host"], values, location / "host")} if "host" in raw else values


def _filled_table(table: dict[str, Any], values: Mapping[str, str], location: SourceLocation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        here = location / key
        found[_filled(key, values, here)] = _filled(value, values, here)
    return found


def _filled(value: Any, values: Mapping[str, str], location: SourceLocation) -> Any:
    if isinstance(value, str):
        try:
            return fill(value, values)
        except PlaceholderError as error:
            raise location.error(str(error)) from None
    if isinstance(value, dict):
        return _filled_table(value, values, location)
    if isinstance(value, list):
        return [_filled(item, values, location / index) for index, item in enumerate(value)]
    return value
