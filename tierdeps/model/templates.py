"""Instances: several drivers of one declaration, each with its name in the texts of the declaration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import Value, replace
from tierdeps._util.suggest import suggestion
from tierdeps.errors import DeclarationError
from tierdeps.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from tierdeps.model.declarations import Driver

#: What stands for all instances of a driver, in the target of a dependency: ``worker@*``.
ALL_INSTANCES = "@*"
PLACEHOLDER = "{instance}"
_TEXTS = f"no braces but {PLACEHOLDER} and doubled ones"
_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class PlaceholderError(ValueError):
    """A text has braces that are neither doubled nor ``{instance}``."""


def instance_name(driver: str, instance: str) -> str:
    """Return the name of one instance of a driver."""
    return f"{driver}@{instance}"


def fill(text: str, instance: str) -> str:
    """Return a text with the name of an instance in it; braces that are doubled become single ones.

    Raises PlaceholderError for any other brace.
    """

    def value(found: re.Match[str]) -> str:
        braces = found[0]
        if braces in ("{{", "}}"):
            return braces[0]
        if braces == PLACEHOLDER:
            return instance
        if found[1] and suggestion(found[1], ("instance",)):
            raise PlaceholderError(f"unknown placeholder {braces}; did you mean {PLACEHOLDER}?")
        what = f"unknown placeholder {braces}" if len(braces) > 1 else f"a single {braces!r}"
        raise PlaceholderError(f"{what}: beside {PLACEHOLDER}, double the braces of a text, as in {{{{x}}}}")

    return _BRACES.sub(value, text) if "{" in text or "}" in text else text


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
    return tuple(_instance(driver, name) for name in given)


def meant_by_name(given: str, names: Collection[str]) -> tuple[str, ...]:
    """Return the names that one means: itself, or the instances that ``worker@*`` stands for, if there are any."""
    if not given.endswith(ALL_INSTANCES) or given in names:
        return (given,)
    prefix = given.removesuffix("*")
    return tuple(name for name in names if name.startswith(prefix) and name != prefix) or (given,)


def _instance(driver: Driver, instance: str) -> Driver:
    name = driver.name

    def filled(text: str) -> str:
        try:
            return fill(text, instance)
        except PlaceholderError:
            raise DeclarationError(f"the texts of driver {name!r}", _TEXTS, text) from None

    found: Driver = replace(driver, **_filled_fields(driver, filled))
    return replace(found, name=instance_name(name, instance))


def _filled_fields(value: Value, filled: Callable[[str], str]) -> dict[str, Any]:
    fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
    return {name: _filled(item, filled) for name, item in fields if not isinstance(item, Origin)}


def _filled(value: object, filled: Callable[[str], str]) -> object:
    if type(value) is str:  # an enum's member is a string too
        return filled(value)
    if isinstance(value, tuple):
        return tuple(_filled(item, filled) for item in value)
    if isinstance(value, Value):
        return replace(value, **_filled_fields(value, filled))
    return value
