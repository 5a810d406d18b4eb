"""Graph files in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.graphfile.guess import is_a
from tierdeps.hooks import hookimpl
from tierdeps.importers import Importer, Source

if TYPE_CHECKING:
    from tierdeps.model import Declarations


def recognises(source: Source) -> bool:
    """Tell by its name, or by its first bytes where it has none."""
    return is_a("json", source)


def read(source: Source) -> Declarations:
    """Read it."""
    from tierdeps.graphfile.convert import document
    from tierdeps.graphfile.json_values import Decoder, lines_of
    from tierdeps.graphfile.names import document as names
    from tierdeps.graphfile.place import Place
    from tierdeps.graphfile.text import decode
    from tierdeps.model import Declarations

    if (drivers := names(source)) is not None:
        return Declarations(drivers)
    text = decode(source)
    raw = Decoder(source.name).decode(text)
    return document(raw, Place(source.name, lines=lines_of(text)))


IMPORTER = Importer("json", recognises, read)


@hookimpl
def tierdeps_importers() -> tuple[Importer, ...]:
    """Offer it."""
    return (IMPORTER,)
