"""The settings of drivers, validated; in setup.cfg all values are text."""

from __future__ import annotations

import math
import shlex
from typing import TYPE_CHECKING

from tierdeps import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Settings = Mapping[str, object]

#: How long facts are read by default, in seconds: after it, none is stated.
FACTS_S = 3.0
#: In a text of the settings, what stands for the host of a driver, if it has one.
HOST = "{host}"
#: The longest time that a setting may name, in seconds: as for all times of tierdeps.
MAX_DURATION_S = 31_622_400
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def uri(settings: Settings) -> str | None:
    """Return the one connection to use, if it is named."""
    value = settings.get("uri")
    if isinstance(value, str) and HOST in value:
        raise RunError(
            f"the setting uri: {value!r} needs the host of a driver, and this driver has none; name the host there,"
            " or give the driver hosts in the graph"
        )
    if value is None or (isinstance(value, str) and value):
        return value
    raise _wrong("uri", "libvirt's name of a connection, such as qemu:///system", value)


def choice(settings: Settings, key: str, choices: tuple[str, ...]) -> str:
    """Return one of several words; the first by default."""
    value = settings.get(key, choices[0])
    if value in choices:
        return str(value)
    raise _wrong(key, f"{', '.join(choices[:-1])} or {choices[-1]}", value)


def seconds(settings: Settings, key: str, default: float) -> float:
    """Return a number of seconds."""
    value = settings.get(key, default)
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # tried
    except (TypeError, ValueError):
        number = math.nan
    if key not in settings or 0 <= number <= MAX_DURATION_S:
        return number
    raise _wrong(key, f"a number of seconds, 0 or more, up to {MAX_DURATION_S} (a year)", value)


def facts_timeout(settings: Settings, default: float = FACTS_S) -> float:
    """Return how long facts may be read, in seconds."""
    return seconds(settings, "facts_timeout", default)


def number(settings: Settings, key: str, default: int) -> int:
    """Return a number from 1."""
    value = settings.get(key, default)
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise _wrong(key, "a whole number from 1", value)


def flag(settings: Settings, key: str) -> bool:
    """Return yes or no; no by default."""
    value = settings.get(key, False)
    found = _WORDS.get(value.lower()) if isinstance(value, str) else value
    if isinstance(found, bool):
        return found
    raise _wrong(key, "true or false", value)


def commands(settings: Settings, key: str) -> tuple[tuple[str, ...], ...]:
    """Return commands, each as its words."""
    value = settings.get(key, ())
    found = value.split("\n") if isinstance(value, str) else value
    if not isinstance(found, (list, tuple)):
        raise _wrong(key, "a list of commands", value)
    try:
        listed = [_words(item) for item in found if item != ""]
    except ValueError:
        listed = [()]
    if not all(listed):
        raise _wrong(key, "a list of commands, each a text or a list of words", value)
    return tuple(listed)


def _words(item: object) -> tuple[str, ...]:
    if isinstance(item, str):
        return tuple(shlex.split(item))
    words = tuple(item) if isinstance(item, (list, tuple)) else ()
    return words if all(isinstance(word, str) for word in words) else ()


def _wrong(key: str, expected: str, value: object) -> RunError:
    return RunError(f"the setting {key}: expected {expected}, got {value!r}")
