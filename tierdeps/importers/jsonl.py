"""Graph files in JSON lines: a driver on each line, tiers and facts on lines of their own before them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tierdeps.errors import InputError, together
from tierdeps.hooks import hookimpl
from tierdeps.importers import Importer, Source
from tierdeps.importers.graphfile.detect import has_kind

if TYPE_CHECKING:
    from tierdeps.importers.graphfile.location import SourceLocation
    from tierdeps.model import Declarations, Driver, Override


def read(source: Source) -> Declarations:
    """Return the declarations in a source, read line by line. Raises InputError."""
    from tierdeps.importers.graphfile.bulk import lines
    from tierdeps.importers.graphfile.bulk_tiered import lines as tiered_lines
    from tierdeps.importers.graphfile.convert import declared, drivers_of_line, header_line
    from tierdeps.importers.graphfile.json_values import Decoder
    from tierdeps.importers.graphfile.location import SourceLocation
    from tierdeps.importers.graphfile.text import decode
    from tierdeps.model import Declarations

    if (found := lines(source)) is not None:
        return Declarations(found)
    if (tiered := tiered_lines(source)) is not None:
        return tiered
    header = Declarations()
    drivers: list[Driver | Override] = []
    errors: list[InputError] = []
    decoder = Decoder(source.name)
    for number, line in enumerate(decode(source).split("\n"), 1):
        if not line.strip():
            continue
        try:
            raw = decoder.decode(line, number)
            location = SourceLocation(source.name, "", number)
            if isinstance(raw, dict) and not _is_header(raw):
                drivers += drivers_of_line(raw, location, header.hosts)
            else:
                header = _merged(header, header_line(raw, location), location)
        except InputError as error:
            errors += error.errors
    if errors:
        raise together(errors)
    return declared(drivers, header)


_HEADER_KEYS = frozenset({"$schema", "tiers", "facts", "choose", "disable", "targets", "expect"})


def _is_header(raw: dict[str, object]) -> bool:
    """Return whether a line declares no driver; ``hosts`` is a table there, and a list or a name in a driver."""
    return bool(raw.keys() & _HEADER_KEYS) or isinstance(raw.get("hosts"), dict)


def _merged(first: Declarations, more: Declarations, location: SourceLocation) -> Declarations:
    """Merge two header lines. Raises InputError if both state one fact or choice."""
    tables = (
        ("facts", first.facts, more.facts),
        ("choose", first.choices, more.choices),
        ("hosts", first.hosts, more.hosts),
    )
    for key, one, other in tables:
        for name in sorted(one.keys() & other.keys()):
            raise (location / key / name).error("expected each of them once, got this one again")
    return first | more


IMPORTER = Importer("jsonl", partial(has_kind, "jsonl"), read)


@hookimpl
def tierdeps_importers() -> tuple[Importer, ...]:
    """Return the importer of this file."""
    return (IMPORTER,)
