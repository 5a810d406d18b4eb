"""Procfiles, as foreman and Heroku read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Importer
from tierdeps_boot.procfile.detect import recognises

if TYPE_CHECKING:
    from tierdeps import Declarations, Source


def read(source: Source) -> Declarations:
    """Return the declarations of a Procfile. Nothing is run."""
    from tierdeps_boot.procfile.importer import read as read_source

    return read_source(source)


IMPORTER = Importer("procfile", recognises, read)
