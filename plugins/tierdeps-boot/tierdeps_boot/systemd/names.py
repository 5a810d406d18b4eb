"""Names of units: their parts, their validity, and the names of units for paths."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

#: The types of units, as the suffixes of their names.
TYPES = frozenset(
    {"service", "socket", "target", "mount", "automount", "swap", "timer", "path", "slice", "device", "scope"}
)
MAX_NAME_LENGTH = 255
MAX_PATH_LENGTH = 4095
_VALID = re.compile(r"[A-Za-z0-9:_.\\-]+(?:@[A-Za-z0-9:_.\\@-]*)?")
_PLAIN = re.compile(r"[A-Za-z0-9:_.]*")
_ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})")
_SLASH, _DOT = b"/."
_KEPT = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.")


class UnitName(NamedTuple):
    """The parts of ``prefix@instance.type``; ``instance`` is None without an ``@``, and empty for a template."""

    prefix: str
    instance: str | None
    type: str

    @property
    def is_template(self) -> bool:
        """Whether it is no unit, but a pattern for some."""
        return self.instance == ""

    @property
    def stem(self) -> str:
        """The name without its type."""
        return self.prefix if self.instance is None else f"{self.prefix}@{self.instance}"

    @property
    def template(self) -> str:
        """The name of the template that it is an instance of."""
        return f"{self.prefix}@.{self.type}"

    def instantiated(self, instance: str) -> str:
        """Return the name of an instance."""
        return f"{self.prefix}@{instance}.{self.type}"


@lru_cache(maxsize=1 << 16)
def split(name: str) -> UnitName | None:
    """Return the parts of a unit's name, or None for a name that no unit can have."""
    stem, dot, kind = name.rpartition(".")
    if kind not in TYPES or not dot or len(name) > MAX_NAME_LENGTH or not _VALID.fullmatch(stem):
        return None
    prefix, at, instance = stem.partition("@")
    return UnitName(prefix, instance if at else None, kind) if prefix else None


def escape(text: str) -> str:
    """Return a text as part of a unit's name, as ``systemd-escape`` does."""
    if _PLAIN.fullmatch(text) and not text.startswith("."):
        return text
    found = []
    for index, byte in enumerate(text.encode("utf-8", "surrogateescape")):
        if byte == _SLASH:
            found.append("-")
        elif byte in _KEPT and not (byte == _DOT and index == 0):
            found.append(chr(byte))
        else:
            found.append(f"\\x{byte:02x}")
    return "".join(found)


def unescape(text: str) -> str:
    """Return the text that a part of a unit's name stands for."""
    if "-" not in text and "\\" not in text:
        return text
    raw = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text.replace("-", "/"))
    return raw.encode("latin-1", "replace").decode("utf-8", "replace") if not raw.isascii() else raw


def unescape_path(text: str) -> str:
    """Return the absolute path that a part of a unit's name stands for."""
    return "/" if text == "-" else "/" + unescape(text).strip("/")


def normalized(path: str) -> str | None:
    """Return an absolute path in its shortest spelling; None for one that is relative, too long or has ``..`` in it."""
    if not path.startswith("/") or "\0" in path or len(path) > MAX_PATH_LENGTH:
        return None
    parts = [part for part in path.split("/") if part not in {"", "."}]
    return None if ".." in parts else "/" + "/".join(parts)


def for_path(path: str, kind: str) -> str:
    """Return the name of the unit of a type that a normalized path has."""
    return f"-.{kind}" if path == "/" else f"{escape(path.strip('/'))}.{kind}"


@lru_cache(maxsize=1 << 14)
def mounts_for(path: str) -> tuple[str, ...]:
    """Return the names of the mount units for a normalized path and all paths above it, the root first."""
    parts = path.strip("/").split("/") if path != "/" else []
    return ("-.mount", *(for_path("/" + "/".join(parts[: count + 1]), "mount") for count in range(len(parts))))
