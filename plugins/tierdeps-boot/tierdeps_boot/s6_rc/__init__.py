"""Source folders of s6-rc."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Importer
from tierdeps_boot.s6_rc.detect import recognises

if TYPE_CHECKING:
    from tierdeps import Declarations, Source


def read(source: Source) -> Declarations:
    """Return the declarations of a source folder. Nothing is run."""
    from tierdeps_boot.s6_rc.importer import read as read_source

    return read_source(source)


IMPORTER = Importer("s6-rc", recognises, read)
