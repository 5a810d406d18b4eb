"""Variables in the values of compose files: ``$NAME``, ``${NAME}``, ``${NAME:-default}`` and the like."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r":?[-+?]")
#: Variables in the defaults of variables, one in the next.
MAX_DEPTH = 20
#: The length of a value: variables that repeat others could make it any length.
MAX_LENGTH = 1 << 16


class InterpolationError(ValueError):
    """A value refers to a variable that has no value, or is no valid reference; the text says which."""


def interpolate(text: str, variables: Mapping[str, str], depth: int = 0) -> str:
    """Return a text with its variables replaced. Raises InterpolationError."""
    if depth > MAX_DEPTH:
        raise InterpolationError(f"expected no more than {MAX_DEPTH} variables one in the other")
    parts: list[str] = []
    position = length = 0
    while (dollar := text.find("$", position)) >= 0:
        parts.append(text[position:dollar])
        value, position = _reference(text, dollar, variables, depth)
        parts.append(value)
        length += len(value)
        if length > MAX_LENGTH:
            raise InterpolationError(f"expected a value of no more than {MAX_LENGTH} characters")
    parts.append(text[position:])
    return "".join(parts)


def _reference(text: str, dollar: int, variables: Mapping[str, str], depth: int) -> tuple[str, int]:
    """Return what the reference at a dollar sign stands for, and where it ends."""
    after = text[dollar + 1 : dollar + 2]
    if after == "$":
        return "$", dollar + 2
    if after == "{":
        end = _closing_brace(text, dollar + 2)
        return _braced(text[dollar + 2 : end], text, variables, depth), end + 1
    if found := _NAME.match(text, dollar + 1):
        return _value(found[0], variables), found.end()
    raise InterpolationError(f'expected the name of a variable after "$" in {text!r}; write "$$" for a dollar sign')


def _closing_brace(text: str, start: int) -> int:
    open_braces = 1
    position = start
    while position < len(text):
        if text.startswith("${", position):
            open_braces += 1
            position += 1
        elif text[position] == "}":
            open_braces -= 1
            if not open_braces:
                return position
        position += 1
    raise InterpolationError(f'expected "}}" after "${{" in {text!r}')


def _braced(inner: str, text: str, variables: Mapping[str, str], depth: int) -> str:
    name = _NAME.match(inner)
    if name is None:
        raise InterpolationError(f'expected the name of a variable after "${{" in {text!r}')
    rest = inner[name.end() :]
    if not rest:
        return _value(name[0], variables)
    operator = _OPERATOR.match(rest)
    if operator is None:
        raise InterpolationError(f'expected "}}" or one of :- - :? ? :+ + after {name[0]!r} in {text!r}')
    word = rest[operator.end() :]
    value = variables.get(name[0])
    is_set = bool(value) if operator[0].startswith(":") else value is not None
    match operator[0][-1], is_set:
        case ("-", False) | ("+", True):
            return interpolate(word, variables, depth + 1)
        case ("?", False):
            said = f": {word}" if word else ""
            raise InterpolationError(f"the variable {name[0]!r} must have a value{said}")
        case ("+", False):
            return ""
    return value or ""


def _value(name: str, variables: Mapping[str, str]) -> str:
    if name not in variables:
        raise InterpolationError(f"the variable {name!r} has no value; set it in the environment or in .env")
    return variables[name]
