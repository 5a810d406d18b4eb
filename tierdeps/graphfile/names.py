"""Large files that say nothing but names and requirements: read into a roster, without a value for each of them."""

from __future__ import annotations

from array import array
from collections import defaultdict
from itertools import chain, count
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from tierdeps.collector import collector_off
from tierdeps.graphfile.json_values import Decoder
from tierdeps.graphfile.place import Place
from tierdeps.resolution.roster import Roster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps.importers import Source
    from tierdeps.model import Origin

#: Smaller files are read in the one way there is for all of them.
WORTH_IT = 1 << 20

Name = Annotated[str, Meta(min_length=1)]


class _Table(Struct, forbid_unknown_fields=True, gc=False):
    requires: tuple[Name, ...] | UnsetType = UNSET


class _Document(Struct, forbid_unknown_fields=True):
    drivers: dict[Name, _Table]


class _Line(_Table, forbid_unknown_fields=True, gc=False, kw_only=True):
    name: Name


_LINES = msgspec.json.Decoder(_Line)
#: So many bytes are decoded at a time.
_PART = 1 << 20


def document(source: Source, worth_it: int = WORTH_IT) -> Roster | None:
    """Return the roster of a JSON document, or None where it says more than a roster can, or is not large."""
    data = source.data or b""
    if len(data) < worth_it or b"\\" in data:
        return None
    with collector_off():
        try:
            tables = msgspec.json.decode(data, type=_Document).drivers
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        given = sum(table.requires is not UNSET for table in tables.values())
        # a key that stands twice in a table leaves no other trace
        once = (data.count(b"{"), data.count(b'"requires"'), data.count(b'"drivers"')) == (len(tables) + 2, given, 1)
        if not once or not all(map(str.strip, tables)):
            return None
        requirements = {name: table.requires or () for name, table in tables.items()}
    place = Place(source.name) / "drivers"

    def origin(_number: int, name: str, index: int | None) -> Origin:
        here = place / name
        return (here if index is None else here / "requires" / index).origin

    return Roster.of(requirements, origin)


def lines(source: Source, worth_it: int = WORTH_IT) -> Roster | None:
    """Return the roster of JSON lines, or None where a line says more than a roster can, or they are not many."""
    if source.data is None or len(source.data) < worth_it:
        return None
    source_name = source.name  # the source itself, with all its bytes, is not to be kept

    def origin(place: int, name: str, index: int | None) -> Origin:
        here = Place(source_name, "", order[place] + 1) / "drivers" / name
        return (here if index is None else here / "requires" / index).origin

    number: dict[str, int] = defaultdict(count().__next__)
    owners, counts, ends = array("i"), array("i"), array("i")
    with collector_off():
        for first_line, part in _parts(source.data):
            rows = _rows(source, part, first_line)
            if rows is None or first_line != len(owners) + 1:
                return None
            required = [row.requires or () for row in rows]
            owners.extend(map(number.__getitem__, [row.name for row in rows]))
            counts.extend(map(len, required))
            ends.extend(map(number.__getitem__, chain.from_iterable(required)))
        names = list(number)
        del number
        if len(set(owners)) < len(owners) or not all(map(str.strip, names)):
            return None
        roster, order = Roster.numbered(names, owners, counts, ends, origin)
        return roster


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Cut the text between lines, and count them: each part with the number of its first line."""
    start, line = 0, 1
    while start < len(data):
        end = data.find(b"\n", start + _PART) + 1 or len(data)
        part = data[start:end]
        yield line, part
        start, line = end, line + part.count(b"\n")


def _rows(source: Source, part: bytes, first_line: int) -> list[_Line] | None:
    """Decode some lines; None where one of them is blank, or has a key that a roster has no place for."""
    try:
        rows = _LINES.decode_lines(part)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    given = sum(row.requires is not UNSET for row in rows)
    ended = part.count(b"\n") + (not part.endswith(b"\n"))
    # a key that stands twice in a table leaves no other trace
    if (len(rows), len(rows), given) != (ended, part.count(b'"name"'), part.count(b'"requires"')):
        return None
    if b"\\" in part:  # there the one decoder is stricter than the other
        decoder = Decoder(source.name)
        for number, line in enumerate(part.splitlines(), first_line):
            decoder.decode(line.decode(), number)
    return rows
