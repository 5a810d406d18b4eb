"""Graph files in JSON."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tierdeps.hooks import hookimpl
from tierdeps.importers import Importer, Source
from tierdeps.importers.graphfile.detect import has_kind

if TYPE_CHECKING:
    from tierdeps.model import Declarations


def read(source: Source) -> Declarations:
    """Return the declarations in a source. Raises InputError."""
    from tierdeps.importers.graphfile.bulk import document as names
    from tierdeps.importers.graphfile.bulk_tiered import document as tiered
    from tierdeps.importers.graphfile.convert import document
    from tierdeps.importers.graphfile.json_values import Decoder, lines_of
    from tierdeps.importers.graphfile.location import SourceLocation
    from tierdeps.importers.graphfile.text import decode
    from tierdeps.model import Declarations

    if (drivers := names(source)) is not None:
        return Declarations(drivers)
    if (found := tiered(source)) is not None:
        return found
    text = decode(source)
    raw = Decoder(source.name).decode(text)
    return document(raw, SourceLocation(source.name, lines=lines_of(text)))


IMPORTER = Importer("json", partial(has_kind, "json"), read)


@hookimpl
def tierdeps_importers() -> tuple[Importer, ...]:
    """Return the importer of this file."""
    return (IMPORTER,)
