"""Folders of dinit's service descriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Importer
from tierdeps_boot.dinit.detect import recognises

if TYPE_CHECKING:
    from tierdeps import Declarations, Source


def read(source: Source) -> Declarations:
    """Return the declarations of a folder of service descriptions. Nothing is run."""
    from tierdeps_boot.dinit.importer import read as read_source

    return read_source(source)


IMPORTER = Importer("dinit", recognises, read)
