"""A table with ``override = true`` changes a driver that an earlier GRAPH declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps._util.suggest import suggestion
from tierdeps.errors import DeclarationError
from tierdeps.importers.graphfile.process_values import process_values
from tierdeps.importers.graphfile.validation_errors import declaration_error
from tierdeps.model import Kind, Policy, Process
from tierdeps.model.override import OF_A_PROCESS, OF_THE_POLICY, RESET, Override
from tierdeps.model.variables import mentions_variables
from tierdeps.timing import parse_timing

if TYPE_CHECKING:
    from tierdeps.importers.graphfile.location import SourceLocation
    from tierdeps.importers.graphfile.schema import DriverTable
    from tierdeps.model import Dependency

#: The keys of a table that are no change of a driver.
_NO_CHANGES = {"override", "reset", "name", *Kind}


def override(
    name: str,
    table: DriverTable,
    raw: dict[str, Any],
    location: SourceLocation,
    dependencies: tuple[Dependency, ...],
) -> Override:
    """Return what a table changes; ``raw`` has the keys that it names. Raises InputError."""
    if table.instances is not None:
        raise (location / "instances").error(
            "expected no instances in an override: name one, as in worker@a, or all, as in worker@*"
        )
    if table.hosts:
        raise (location / "hosts").error(
            "expected no hosts in an override: name one driver, as in qemu@kvm1, or all, as in qemu@*"
        )
    for index, key in enumerate(table.reset):
        if key not in RESET:
            hint = suggestion(key, RESET) or "; expected a key of a driver"
            raise (location / "reset" / index).error(f"unknown key {key!r}{hint}")
    changes = {key: getattr(table, key) for key in raw if key not in _NO_CHANGES}
    changes |= process_values(changes)
    if mentions_variables(tuple(changes[key] for key in OF_A_PROCESS if key in changes)):
        changes["substitute"] = True
    try:
        _check(changes)
        return Override(name, changes, dependencies, table.reset, location.origin)
    except DeclarationError as error:
        raise declaration_error(error, location) from None


def _check(changes: dict[str, Any]) -> None:
    """Raise DeclarationError for a value that no driver can have; what the driver has beside it is not known yet."""
    process = {key: changes[key] for key in OF_A_PROCESS if key in changes}
    Process(**{"command": ("true",), **process})
    Policy(**{key: changes[key] for key in OF_THE_POLICY if key in changes})
    for phase, text in changes.get("timing", {}).items():
        parse_timing(text, f"timing of {phase!r}")
