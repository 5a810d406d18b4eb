"""What systemd itself says of its units: ``systemd --test``, ``systemd-analyze dump`` and ``systemctl show``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tierdeps_boot.systemd.boot import Boot
from tierdeps_boot.systemd.links import VERBS, Link
from tierdeps_boot.systemd.names import split
from tierdeps_boot.systemd.unit_file import Entry, UnitText
from tierdeps_boot.systemd.units import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER = re.compile(r"\s*(?:->|→) Unit (\S+):\s*")  # an arrow where the locale has one
_SIGN = re.compile(r"^\s*(->|→) Unit \S+:\s*$", re.MULTILINE)
_LINE = re.compile(r"\s+([A-Za-z][\w ]*): (.*)")
_DUMPED = re.compile(rb"^\s*(->|\xe2\x86\x92) Unit \S+:\s*$", re.MULTILINE)
_SHOWN = re.compile(rb"^Id=\S+\.[a-z]+$", re.MULTILINE)
#: What a dump calls the properties that ``systemctl show`` has.
_SAME = {"Unit Load State": "LoadState", "Fragment Path": "FragmentPath"}


class Property(NamedTuple):
    """A property of a unit; ``line`` is that of the text it is in."""

    unit: str
    key: str
    value: str
    line: int


def is_dump(head: bytes) -> bool:
    """Return whether a file begins as a dump of units, or as what ``systemctl show`` prints of several."""
    return _DUMPED.search(head) is not None or (_SHOWN.search(head) is not None and b"\nLoadState=" in head)


def load(text: str, file: str) -> tuple[Boot, dict[str, str]]:
    """Return the loaded units and their links, and which unit is masked by what; origins are lines of the text."""
    found = list(_dumped(text) if _SIGN.search(text) is not None else _shown(text))
    states = {item.unit: item.value for item in found if item.key == "LoadState"}
    descriptions = {item.unit: item for item in found if item.key == "Description"}
    units: dict[str, Unit] = {}
    for name, state in states.items():
        parts = split(name)
        if parts is not None and state == "loaded":
            about = descriptions.get(name)
            entries = (Entry("Unit", "Description", about.value, file, about.line),) if about else ()
            units[name] = Unit(parts, (name,), file, [UnitText(entries)])
    links = [link for item in found if item.unit in units for link in _links(item, file)]
    return Boot(units, list(dict.fromkeys(links))), {name: file for name, state in states.items() if state == "masked"}


def _links(item: Property, file: str) -> Iterator[Link]:
    verb = VERBS.get(item.key) or ("Triggers" if item.key == "Triggers" else "")
    for target in item.value.split() if verb else ():
        if target != item.unit and split(target) is not None:
            yield Link(verb, item.unit, target, file, item.line)


def _dumped(text: str) -> Iterator[Property]:
    """Yield the properties in a dump; each dependency has a line, with what it came from in brackets."""
    unit = ""
    for number, line in enumerate(text.split("\n"), 1):
        if " Unit " in line and (header := _HEADER.fullmatch(line)) is not None:
            unit = header[1]
        elif line.lstrip().startswith(("-> ", "→ ")):
            unit = ""
        elif unit and (found := _LINE.fullmatch(line)) is not None:
            key = _SAME.get(found[1], found[1])
            value = found[2].partition(" (")[0] if key in VERBS or key == "Triggers" else found[2]
            yield Property(unit, key, value, number)


def _shown(text: str) -> Iterator[Property]:
    """Yield the properties that ``systemctl show`` prints, a paragraph for each unit, in no order."""
    paragraph: list[tuple[str, str, int]] = []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip():
            key, _, value = line.partition("=")
            paragraph.append((key, value, number))
            continue
        for unit in [value for key, value, _ in paragraph if key == "Id"][:1]:
            yield from (Property(unit, *item) for item in paragraph)
        paragraph = []
