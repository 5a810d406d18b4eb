"""Specifiers: ``%i`` and the like, expanded as for the system's manager."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps_boot.systemd.names import UnitName, unescape, unescape_path

if TYPE_CHECKING:
    from collections.abc import Callable

#: What does not depend on the host, for the manager that root runs.
_FIXED = {
    "%": "%",
    "t": "/run",
    "S": "/var/lib",
    "C": "/var/cache",
    "L": "/var/log",
    "E": "/etc",
    "T": "/tmp",  # noqa: S108  the specifier's meaning
    "V": "/var/tmp",  # noqa: S108  the specifier's meaning
    "u": "root",
    "U": "0",
    "g": "root",
    "G": "0",
    "h": "/root",
    "s": "/bin/sh",
}
_OF_NAME: dict[str, Callable[[UnitName], str]] = {
    "n": lambda name: f"{name.stem}.{name.type}",
    "N": lambda name: name.stem,
    "p": lambda name: name.prefix,
    "P": lambda name: unescape(name.prefix),
    "i": lambda name: name.instance or "",
    "I": lambda name: unescape(name.instance or ""),
    "j": lambda name: name.prefix.rpartition("-")[2],
    "J": lambda name: unescape(name.prefix.rpartition("-")[2]),
    "f": lambda name: unescape_path(name.instance or name.prefix),
}
#: Those whose values only the host has.
OF_HOST = frozenset("aAbBdHlmMoqvwWyY")
_SPECIFIER = re.compile("%(.?)", re.DOTALL)


class UnknownSpecifierError(ValueError):
    """A specifier whose value cannot be known from the units."""


def expand(text: str, name: UnitName) -> str:
    """Return a value with its specifiers replaced. Raises UnknownSpecifierError."""
    return text if "%" not in text else _SPECIFIER.sub(lambda match: _value(match[1], name), text)


def _value(letter: str, name: UnitName) -> str:
    if letter in _FIXED:
        return _FIXED[letter]
    if letter in _OF_NAME:
        return _OF_NAME[letter](name)
    if letter in OF_HOST:
        raise UnknownSpecifierError(f"%{letter} depends on the host that boots")
    if letter.isalpha():
        raise UnknownSpecifierError(f"%{letter} is no specifier of systemd")
    return f"%{letter}"
