"""Graph files in JSON lines: a driver on each line, tiers and facts on lines of their own before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.graphfile.guess import is_a
from tierdeps.hooks import hookimpl
from tierdeps.importers import Importer, Source

if TYPE_CHECKING:
    from tierdeps.graphfile.place import Place
    from tierdeps.model import Declarations, Driver


def recognises(source: Source) -> bool:
    """Tell by its name, or by its first bytes where it has none."""
    return is_a("jsonl", source)


def read(source: Source) -> Declarations:
    """Read it, one line at a time."""
    from tierdeps.graphfile.convert import driver_line, header_line
    from tierdeps.graphfile.json_values import Decoder
    from tierdeps.graphfile.names import lines
    from tierdeps.graphfile.place import Place
    from tierdeps.graphfile.text import decode
    from tierdeps.model import Declarations

    if (found := lines(source)) is not None:
        return Declarations(found)
    header = Declarations()
    drivers: list[Driver] = []
    decoder = Decoder(source.name)
    for number, line in enumerate(decode(source).split("\n"), 1):
        if not line.strip():
            continue
        raw = decoder.decode(line, number)
        place = Place(source.name, "", number)
        if isinstance(raw, dict) and not raw.keys() & _HEADER_KEYS:
            drivers.append(driver_line(raw, place))
        else:
            header = _merged(header, header_line(raw, place), place)
    return Declarations(tuple(drivers)) | header


_HEADER_KEYS = frozenset({"tiers", "facts", "choose", "disable", "expect"})


def _merged(first: Declarations, more: Declarations, place: Place) -> Declarations:
    """Merge two lines of header; what one states the other must not state again."""
    for key, one, other in (("facts", first.facts, more.facts), ("choose", first.choices, more.choices)):
        for name in one.keys() & other.keys():
            raise (place / key / name).error("expected each of them once, got this one again")
    return first | more


IMPORTER = Importer("jsonl", recognises, read)


@hookimpl
def tierdeps_importers() -> tuple[Importer, ...]:
    """Offer it."""
    return (IMPORTER,)
