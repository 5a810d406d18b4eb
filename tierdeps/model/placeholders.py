"""Placeholders in the texts of a declaration: ``{instance}`` and ``{host}``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from tierdeps._util.frozen import Value, replace
from tierdeps._util.suggest import nearest
from tierdeps.errors import DeclarationError
from tierdeps.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T", bound=Value)
INSTANCE = "instance"
HOST = "host"
_BRACES = re.compile(r"\$\{[^{}]*\}|\{\{|\}\}|\{([^{}]*)\}|[{}]")


class PlaceholderError(ValueError):
    """A text has braces that are neither doubled nor a placeholder that has a value."""


def instance_name(driver: str, instance: str) -> str:
    """Return the name of one instance of a driver."""
    return f"{driver}@{instance}"


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with values in the place of ``{instance}`` or ``{host}``; doubled braces become single ones.

    Raises PlaceholderError for any other brace.
    """

    def value(found: re.Match[str]) -> str:
        braces = found[0]
        if braces.startswith("$"):  # a variable of a process
            return braces
        if braces in ("{{", "}}"):
            return braces[0]
        if found[1] in values:
            return values[found[1]]
        if found[1] and (near := nearest(found[1], values)):
            raise PlaceholderError(f"unknown placeholder {braces}; did you mean {{{near}}}?")
        what = f"unknown placeholder {braces}" if len(braces) > 1 else f"a single {braces!r}"
        known = f"beside {_listed(values)}, " if values else ""
        raise PlaceholderError(f"{what}: {known}double the braces of a text, as in {{{{x}}}}")

    return _BRACES.sub(value, text) if "{" in text or "}" in text else text


def _listed(values: Iterable[str]) -> str:
    return " and ".join(f"{{{name}}}" for name in sorted(values))


def filled_driver(driver: T, name: str, values: Mapping[str, str]) -> T:
    """Return a driver with another name, and with values in all texts of it. Raises DeclarationError."""

    def filled(text: str) -> str:
        try:
            return fill(text, values)
        except PlaceholderError:
            expected = f"no braces but {_listed(values)} and doubled ones"
            raise DeclarationError(f"the texts of driver {declared!r}", expected, text) from None

    declared: str = getattr(driver, "name")  # noqa: B009
    return replace(replace(driver, **_filled_fields(driver, filled)), name=name)


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
