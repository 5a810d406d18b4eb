"""The header of an init script: comments between BEGIN INIT INFO and END INIT INFO."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tierdeps import Value
from tierdeps_boot._files import read_bytes, shown
from tierdeps_boot._names import Name
from tierdeps_boot._problems import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tierdeps_boot._problems import Problems

_BEGIN, _END = "### BEGIN INIT INFO", "### END INIT INFO"
_KEYWORD = re.compile(r"#\s*([A-Za-z][A-Za-z0-9-]*):(.*)")
#: The keywords that name scripts, facilities or levels; the others are for people, or about the end of a script.
NAMES = ("provides", "required-start", "should-start", "x-start-before", "default-start")


class Header(Value):
    """The names of each keyword of a script, in lower case, and the line that each keyword is on."""

    place: Place
    names: Mapping[str, tuple[Name, ...]]
    description: str = ""

    def of(self, keyword: str) -> tuple[Name, ...]:
        """Return the names of a keyword; none if the header does not have it."""
        return self.names.get(keyword, ())

    @property
    def levels(self) -> frozenset[str]:
        """The levels in which the script is to start, such as S and 2."""
        return frozenset(name.text.upper() for name in self.of("default-start"))


def header_of(path: Path, problems: Problems) -> Header | None:
    """Return the header of a script; None if it has none, or cannot be read."""
    data = read_bytes(path, problems)
    names: dict[str, tuple[Name, ...]] = {}
    begin, description = 0, ""
    for number, raw in enumerate((data or b"").split(b"\n"), 1):
        line = raw.decode(errors="replace").strip()  # what follows the header is in any encoding
        if not begin:
            begin = number if line == _BEGIN else 0
        elif line == _END:
            return Header(Place(shown(path), begin), names, description)
        elif (found := _KEYWORD.match(line)) is not None:
            keyword, place = found[1].lower(), Place(shown(path), number)
            if keyword == "short-description":
                description = found[2].strip()
            elif keyword in NAMES:
                _add(
                    names, keyword, tuple(Name(place, text) for text in re.split(r"[\s,]+", found[2]) if text), problems
                )
    if begin:
        problems.error(Place(shown(path), begin), f"expected {_END!r} after it")
    return None


def _add(names: dict[str, tuple[Name, ...]], keyword: str, found: tuple[Name, ...], problems: Problems) -> None:
    if keyword in names and found:
        problems.warning(found[0].place, f"the keyword {keyword} is there twice; both lines count here")
    names[keyword] = names.get(keyword, ()) + found
