"""Bulk reading of large files that have only names and requirements: no object is created for each driver."""

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
from tierdeps.importers.graphfile.json_values import Decoder
from tierdeps.importers.graphfile.location import joined
from tierdeps.model import Origin

if TYPE_CHECKING:
    from typing import BinaryIO

    from tierdeps.importers import Source
    from tierdeps.importers.graphfile.bulk_numpy import NumpyNameReader

#: Smaller files are read as all files are.
MIN_BULK_BYTES = 1 << 20
#: In smaller files, importing numpy costs more time than it saves.
MIN_NUMPY_BYTES = 1 << 24

Name = Annotated[str, Meta(min_length=1)]


class _Table(Struct, forbid_unknown_fields=True, gc=False):
    requires: tuple[Name, ...] | UnsetType = UNSET


class _Document(Struct, forbid_unknown_fields=True):
    drivers: dict[Name, _Table]


class _Line(_Table, forbid_unknown_fields=True, gc=False, kw_only=True):
    name: Name


_LINES = msgspec.json.Decoder(_Line)


def document(source: Source, min_bytes: int = MIN_BULK_BYTES) -> BulkDrivers | None:
    """Return the bulk drivers of a JSON document, None if it is small or says more than they can hold."""
    data = source.data or b""
    if len(data) < min_bytes or b"\\" in data:
        return None
    with gc_paused():
        try:
            tables = msgspec.json.decode(data, type=_Document).drivers
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        given = sum(table.requires is not UNSET for table in tables.values())
        # the decoder drops repeated keys silently, but the counts then differ
        if (data.count(b"{"), data.count(b'"requires"'), data.count(b'"drivers"')) != (len(tables) + 2, given, 1):
            return None
        names = sorted(tables)
        lists = [tables[name].requires or () for name in names]
        file = source.name  # the closure must not keep the source and its bytes alive
        found = BulkDrivers.of_sorted(names, lists, lambda _number, name: Origin(file, None, joined("drivers", name)))
        return found if all(map(str.strip, chain(names, found.absent))) else None


def lines(
    source: Source, min_bytes: int = MIN_BULK_BYTES, min_numpy_bytes: int = MIN_NUMPY_BYTES
) -> BulkDrivers | None:
    """Return the bulk drivers of JSON lines, None if they are small or a line says more than bulk drivers can hold."""
    name = source.name
    with source.open() as file, gc_paused():
        size = file.seek(0, SEEK_END)
        if size < min_bytes or not (found := _numbered(file, name, with_numpy=size >= min_numpy_bytes)):
            return None
        drivers, order = sorted_drivers(
            found, lambda place, driver: Origin(name, order[place] + 1, joined("drivers", driver))
        )
        return drivers


def _numbered(file: BinaryIO, source: str, *, with_numpy: bool) -> InternedDrivers | None:
    """Intern the names on all lines; None if a line says more, or nothing, or two lines declare one driver."""
    if with_numpy:
        with suppress(ImportError):  # numpy comes with the extra [scale]
            from tierdeps.compact.interning_numpy import UnfitError
            from tierdeps.importers.graphfile.bulk_numpy import NumpyNameReader

            with suppress(UnfitError):
                return _collected(file, source, NumpyNameReader())
    return _collected(file, source, _NameReader())


class _NameReader:
    """Interns the names on JSON lines, one by one."""

    #: The number of bytes decoded at a time: the result still fits into the processor's cache.
    part = 1 << 16

    def __init__(self) -> None:
        self._number: dict[str, int] = defaultdict(count().__next__)
        self._owners, self._counts, self._ends = array("i"), array("i"), array("i")

    def add(self, _part: bytes, rows: list[_Line], required: list[tuple[str, ...]]) -> None:
        """Add the names on some lines."""
        self._owners.extend(map(self._number.__getitem__, [row.name for row in rows]))
        self._counts.extend(map(len, required))
        self._ends.extend(map(self._number.__getitem__, chain.from_iterable(required)))

    def interned(self) -> InternedDrivers:
        """Return all names that were added."""
        return InternedDrivers(list(self._number), self._owners, self._counts, self._ends)


def _collected(file: BinaryIO, source: str, names: _NameReader | NumpyNameReader) -> InternedDrivers | None:
    file.seek(0)
    first_line = 1
    while part := file.read(names.part) + file.readline():
        rows = _rows(source, part, first_line)
        if rows is None:
            return None
        first_line += len(rows)
        names.add(part, rows, [row.requires or () for row in rows])
    found = names.interned()
    return found if found.unique and all(map(str.strip, found.names)) else None


def _rows(source: str, part: bytes, first_line: int) -> list[_Line] | None:
    """Decode some lines; None if one is blank, or has a key that bulk drivers cannot hold."""
    try:
        rows = _LINES.decode_lines(part)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    silent = sum(map(is_, [row.requires for row in rows], repeat(UNSET)))
    ended = part.count(b"\n") + (not part.endswith(b"\n"))
    # the decoder drops repeated keys silently, but the counts then differ
    if (len(rows), len(rows), len(rows) - silent) != (ended, part.count(b'"name"'), part.count(b'"requires"')):
        return None
    if b"\\" in part:  # for escapes, this decoder is stricter than msgspec's
        decoder = Decoder(source)
        for number, line in enumerate(part.splitlines(), first_line):
            decoder.decode(line.decode(), number)
    return rows
