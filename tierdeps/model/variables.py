"""Variables in texts of a process: ``${NAME}``, ``${NAME:-default}`` and ``${NAME-default}``; ``$$`` is a dollar."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<inner>[^}]*)(?P<end>\}?))")
_INNER = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<operator>:?-)(?P<default>.*))?", re.DOTALL)


class VariableError(ValueError):
    """A text has a variable that is not set, or something that is none; the text says which."""


class MalformedVariableError(VariableError):
    """A text has braces behind a dollar that are no variable; setting one does not help."""


def substitute(text: str, environment: Mapping[str, str]) -> str:
    """Return a text with the values of its variables. Raises VariableError.

    A dollar before anything but a brace or another dollar stays. Values and defaults are not searched again.
    """
    return _VARIABLE.sub(lambda found: _value(found, environment), text) if "$" in text else text


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    if found[0] == "$$":
        return "$"
    inner = _INNER.fullmatch(found["inner"])
    if inner is None or not found["end"]:
        raise MalformedVariableError(
            f"{found[0]!r} is no variable: expected ${{NAME}} or ${{NAME:-default}}; a dollar is $$"
        )
    value, operator = environment.get(inner["name"]), inner["operator"]
    if operator and (value is None or (operator == ":-" and not value)):
        return inner["default"] or ""
    if value is None:
        raise VariableError(f"${{{inner['name']}}} is not set")
    return value


class _Anything(dict[str, str]):
    """An environment in which every variable that has no default is ``1``."""

    def get(self, name: str, default: object = None) -> str:
        """Return the value of any variable."""
        del name, default
        return "1"


def mentions_variables(value: object) -> bool:
    """Return whether a text, or one in a tuple or frozen value, has what ``substitute`` replaces."""
    if isinstance(value, str):
        return "${" in value or "$$" in value
    values = msgspec.structs.astuple(value) if isinstance(value, Value) else value
    return isinstance(values, tuple) and any(map(mentions_variables, values))


def sample(text: str) -> str:
    """Return what a text might be once its variables have values, to validate its form; if one is wrong, the text."""

    def value(found: re.Match[str]) -> str:
        inner = _INNER.fullmatch(found["inner"] or "")
        default = inner["default"] if inner else None
        return default or _value(found, _Anything())

    try:
        return _VARIABLE.sub(value, text) if "$" in text else text
    except VariableError:  # reported with the variables that are not set
        return text
