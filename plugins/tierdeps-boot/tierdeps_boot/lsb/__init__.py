"""Init scripts with headers of the Linux Standard Base."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Importer
from tierdeps_boot.lsb.detect import recognises

if TYPE_CHECKING:
    from tierdeps import Declarations, Source


def read(source: Source) -> Declarations:
    """Return the declarations of a folder of init scripts, or the root of an image. Nothing is run."""
    from tierdeps_boot.lsb.importer import read as read_source

    return read_source(source)


IMPORTER = Importer("lsb", recognises, read)
