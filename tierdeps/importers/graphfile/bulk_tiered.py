"""Bulk reading of large files whose drivers name tiers, and want others or come after them.

Who finds here what bulk drivers cannot hold, or a mistake, returns None: the file is then read as all files are.
"""

from __future__ import annotations

from contextlib import suppress
from io import SEEK_END
from itertools import chain, count, repeat
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from tierdeps._util.frozen import replace
from tierdeps._util.gc import gc_paused
from tierdeps.errors import InputError
from tierdeps.graph.bulk.tiered import TieredBulkDrivers
from tierdeps.importers.graphfile.bulk import MIN_BULK_BYTES
from tierdeps.importers.graphfile.convert import header
from tierdeps.importers.graphfile.json_values import MAX_LOCATED_CHARS, Decoder
from tierdeps.importers.graphfile.location import SourceLocation, joined
from tierdeps.importers.graphfile.schema import Header
from tierdeps.importers.graphfile.validation_errors import convert
from tierdeps.model import Declarations, Origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import BinaryIO

    from tierdeps.graph.bulk.drivers import Origins
    from tierdeps.importers import Source

#: The number of bytes of JSON lines decoded at a time.
PART = 1 << 20

Name = Annotated[str, Meta(min_length=1)]
Names = tuple[Name, ...]


class _Table(Struct, forbid_unknown_fields=True, gc=False):
    requires: Names | UnsetType = UNSET
    wants: Names | UnsetType = UNSET
    after: Names | UnsetType = UNSET
    tier: Name | UnsetType | None = UNSET


class _Line(_Table, forbid_unknown_fields=True, gc=False, kw_only=True):
    name: Name


_LINES = msgspec.json.Decoder(_Line)
#: What the decoders raise for what is no valid JSON, or does not fit.
_UNFIT = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InputError)


def document(source: Source, min_chars: int = MAX_LOCATED_CHARS) -> Declarations | None:
    """Return what a JSON document declares, if it is so long that the lines of its keys are not determined."""
    data = source.data or b""
    if len(data) <= min_chars or b"\\" in data:
        return None
    file = source.name  # the closure must not keep the source and its bytes alive
    with gc_paused(), suppress(*_UNFIT):
        if len(data.decode()) <= min_chars:
            return None
        parts = msgspec.json.decode(data, type=dict[str, Raw])
        if data.count(b":") != len(parts) + sum(bytes(part).count(b":") for part in parts.values()):
            return None
        tables = bytes(parts.pop("drivers", b"{}"))
        drivers = msgspec.json.decode(tables, type=dict[Name, _Table])
        raw = {key: Decoder(file).decode(bytes(part).decode()) for key, part in parts.items()}
        if has_repeated_keys(tables, drivers.values(), list(drivers)):
            return None
        return declarations(raw, file, drivers, lambda _index, name: Origin(file, None, joined("drivers", name)))
    return None


def lines(source: Source, min_bytes: int = MIN_BULK_BYTES) -> Declarations | None:
    """Return what JSON lines declare: at most the first one declares no driver."""
    file = source.name  # as above
    with source.open() as opened, gc_paused(), suppress(*_UNFIT):
        if opened.seek(0, SEEK_END) < min_bytes:
            return None
        opened.seek(0)
        first_line = opened.readline()
        raw: Any = Decoder(file).decode(first_line.decode())
        is_header = isinstance(raw, dict) and bool(raw) and "name" not in raw
        rows = _rows(opened) if is_header else _rows(opened, first_line)
        if not rows:
            return None
        tables = {row.name: row for row in rows}
        line_of = dict(zip(tables, count(2 if is_header else 1), strict=False))
        found = declarations(
            raw if is_header else {},
            file,
            tables,
            lambda _index, name: Origin(file, line_of[name], joined("drivers", name)),
            line=1,
        )
        return found if len(tables) == len(rows) else None
    return None


def _rows(opened: BinaryIO, first: bytes = b"") -> list[_Line]:
    """Decode the rest of the lines; none where one is blank, or has a key twice, or an escape."""
    found: list[_Line] = []
    while part := first + opened.read(PART) + opened.readline():
        first = b""
        rows = _LINES.decode_lines(part)
        ended = part.count(b"\n") + (not part.endswith(b"\n"))
        if len(rows) != ended or b"\\" in part or has_repeated_keys(part, rows, [row.name for row in rows]):
            return []
        found += rows
    return found


def has_repeated_keys(data: bytes, tables: Iterable[_Table], names: Sequence[str]) -> bool:
    """Return whether a key is repeated in drivers' tables, where the decoder keeps the last one silently.

    Each key is followed by a colon, and all other colons are in texts. For each of ``names`` there is one key: ``name``
    in its table, or the key of its table.
    """
    given = len(names)
    texts: list[Iterable[str]] = [names]
    for table in tables:
        for listed in (table.requires, table.wants, table.after):
            if listed is not UNSET:
                given += 1
                texts.append(listed)
        if table.tier is not UNSET:
            given += 1
            texts.append((table.tier or "",))
    colons = data.count(b":")
    return colons != given and colons != given + sum(map(str.count, chain.from_iterable(texts), repeat(":")))


def declarations(
    raw: dict[str, Any], file: str, tables: Mapping[str, _Table], origin: Origins, line: int | None = None
) -> Declarations | None:
    """Return what drivers' tables declare, and what stands beside them. Raises InputError for a mistake in the latter.

    None for a name that is blank, and for groups of hosts, which drivers may be on.
    """
    location = SourceLocation(file, line=line)
    beside = header(convert(raw, Header, location), location) if raw else Declarations()
    names = sorted(tables)
    rows = [tables[name] for name in names]
    targets = [(row.requires or (), row.wants or (), row.after or ()) for row in rows]
    tiers = [row.tier or None for row in rows]
    drivers = TieredBulkDrivers.of_verbs(names, targets, tiers, origin)
    used = {tier for tier in tiers if tier is not None}
    if beside.hosts or not all(map(str.strip, chain(names, drivers.absent, used))):
        return None
    return replace(beside, drivers=drivers)
