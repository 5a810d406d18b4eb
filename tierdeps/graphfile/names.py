"""Large files that say nothing but names and requirements: read into bulk drivers, without a value for each of them."""

from __future__ import annotations

from array import array
from collections import defaultdict
from contextlib import suppress
from io import SEEK_END
from itertools import chain, count, repeat
from operator import is_
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from tierdeps._util.gc import gc_paused
from tierdeps.graph.bulk.drivers import BulkDrivers
from tierdeps.graph.bulk.interning import InternedDrivers, sorted_drivers
from tierdeps.graphfile.json_values import Decoder
from tierdeps.graphfile.place import item, joined
from tierdeps.model import Origin

if TYPE_CHECKING:
    from typing import BinaryIO

    from tierdeps.graphfile.quoted import QuotedNames
    from tierdeps.importers import Source

#: Smaller files are read in the one way there is for all of them.
WORTH_IT = 1 << 20
#: In smaller ones importing numpy costs more than it saves.
WORTH_NUMPY = 1 << 24

Name = Annotated[str, Meta(min_length=1)]


class _Table(Struct, forbid_unknown_fields=True, gc=False):
    requires: tuple[Name, ...] | UnsetType = UNSET


class _Document(Struct, forbid_unknown_fields=True):
    drivers: dict[Name, _Table]


class _Line(_Table, forbid_unknown_fields=True, gc=False, kw_only=True):
    name: Name


_LINES = msgspec.json.Decoder(_Line)


def document(source: Source, worth_it: int = WORTH_IT) -> BulkDrivers | None:
    """Return the bulk drivers of a JSON document, or None where it says more than they can hold, or is not large."""
    data = source.data or b""
    if len(data) < worth_it or b"\\" in data:
        return None
    with gc_paused():
        try:
            tables = msgspec.json.decode(data, type=_Document).drivers
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        given = sum(table.requires is not UNSET for table in tables.values())
        # a key that stands twice in a table leaves no other trace
        if (data.count(b"{"), data.count(b'"requires"'), data.count(b'"drivers"')) != (len(tables) + 2, given, 1):
            return None
        names = sorted(tables)
        lists = [tables[name].requires or () for name in names]
        file = source.name  # the source itself, with all its bytes, is not to be kept
        found = BulkDrivers.of_sorted(names, lists, lambda _number, name, index: Origin(file, None, _key(name, index)))
        return found if all(map(str.strip, chain(names, found.absent))) else None


def lines(source: Source, worth_it: int = WORTH_IT, worth_numpy: int = WORTH_NUMPY) -> BulkDrivers | None:
    """Return the bulk drivers of JSON lines, or None where a line says more than they can hold, or all are few."""
    name = source.name
    with source.open() as file, gc_paused():
        size = file.seek(0, SEEK_END)
        if size < worth_it or not (found := _numbered(file, name, with_numpy=size >= worth_numpy)):
            return None
        drivers, order = sorted_drivers(
            found, lambda place, driver, index: Origin(name, order[place] + 1, _key(driver, index))
        )
        return drivers


def _key(driver: str, index: int | None) -> str:
    """Return the key of a driver, or of one of its requirements."""
    key = joined("drivers", driver)
    return key if index is None else item(f"{key}.requires", index)


def _numbered(file: BinaryIO, source: str, *, with_numpy: bool) -> InternedDrivers | None:
    """Give numbers to the names on all lines; None where a line says more, or nothing, or a driver stands on two."""
    if with_numpy:
        with suppress(ImportError):  # numpy comes with the extra [scale]
            from tierdeps.compact.interning_numpy import UnfitError
            from tierdeps.graphfile.quoted import QuotedNames

            with suppress(UnfitError):
                return _collected(file, source, QuotedNames())
    return _collected(file, source, _Names())


class _Names:
    """The names on JSON lines, each looked up by itself."""

    #: So many bytes are decoded at a time: what is made of them stays in the processor's cache.
    part = 1 << 16

    def __init__(self) -> None:
        self._number: dict[str, int] = defaultdict(count().__next__)
        self._owners, self._counts, self._ends = array("i"), array("i"), array("i")

    def add(self, _part: bytes, rows: list[_Line], required: list[tuple[str, ...]]) -> None:
        """Add some lines."""
        self._owners.extend(map(self._number.__getitem__, [row.name for row in rows]))
        self._counts.extend(map(len, required))
        self._ends.extend(map(self._number.__getitem__, chain.from_iterable(required)))

    def numbering(self) -> InternedDrivers:
        """Return all there is."""
        return InternedDrivers(list(self._number), self._owners, self._counts, self._ends)


def _collected(file: BinaryIO, source: str, names: _Names | QuotedNames) -> InternedDrivers | None:
    file.seek(0)
    first_line = 1
    while part := file.read(names.part) + file.readline():
        rows = _rows(source, part, first_line)
        if rows is None:
            return None
        first_line += len(rows)
        names.add(part, rows, [row.requires or () for row in rows])
    found = names.numbering()
    return found if found.unique and all(map(str.strip, found.names)) else None


def _rows(source: str, part: bytes, first_line: int) -> list[_Line] | None:
    """Decode some lines; None where one of them is blank, or has a key that bulk drivers have no place for."""
    try:
        rows = _LINES.decode_lines(part)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    silent = sum(map(is_, [row.requires for row in rows], repeat(UNSET)))
    ended = part.count(b"\n") + (not part.endswith(b"\n"))
    # a key that stands twice in a table leaves no other trace
    if (len(rows), len(rows), len(rows) - silent) != (ended, part.count(b'"name"'), part.count(b'"requires"')):
        return None
    if b"\\" in part:  # there the one decoder is stricter than the other
        decoder = Decoder(source)
        for number, line in enumerate(part.splitlines(), first_line):
            decoder.decode(line.decode(), number)
    return rows
