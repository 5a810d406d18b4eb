"""Instances: several drivers of one declaration, each with its name in the texts of the declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.errors import DeclarationError
from tierdeps.model.placeholders import INSTANCE, filled_driver, instance_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tierdeps.model.declarations import Driver

#: What stands for all instances of a driver, in the target of a dependency: ``worker@*``.
ALL_INSTANCES = "@*"


def check_instances(what: str, names: object) -> tuple[str, ...]:
    """Return the names of instances. Raises DeclarationError for what cannot be."""
    if isinstance(names, str) or not isinstance(names, (tuple, list)) or not names:
        raise DeclarationError(what, "a list of names, one or more", names)
    for name in names:
        if not isinstance(name, str) or not name.strip() or "*" in name:
            raise DeclarationError(what, "names, without '*'", name)
    if len(set(names)) != len(names):
        raise DeclarationError(what, "names that differ", names)
    return tuple(names)


def instances(driver: Driver, names: Iterable[str]) -> tuple[Driver, ...]:
    """Return a driver for each name: ``worker@a``, ``worker@b``; ``{instance}`` in its texts is the name.

    Braces that are meant as such are doubled. All instances have the origin of the driver. A dependency on all of them
    has the target ``"worker@*"``. Raises DeclarationError.
    """
    listed = names if isinstance(names, str) else list(names)  # the text is refused
    given = check_instances(f"instances of driver {driver.name!r}", listed)
    return tuple(filled_driver(driver, instance_name(driver.name, name), {INSTANCE: name}) for name in given)


def meant_by_name(given: str, names: Collection[str]) -> tuple[str, ...]:
    """Return the names that one means: itself, or the instances that ``worker@*`` stands for, if there are any."""
    if not given.endswith(ALL_INSTANCES) or given in names:
        return (given,)
    prefix = given.removesuffix("*")
    return tuple(name for name in names if name.startswith(prefix) and name != prefix) or (given,)
