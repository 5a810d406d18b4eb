"""Services of OpenRC: its cached dependency tree, or its scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Importer
from tierdeps_boot.openrc.detect import recognises

if TYPE_CHECKING:
    from tierdeps import Declarations, Source


def read(source: Source) -> Declarations:
    """Return the declarations of a dependency tree, or of a folder of scripts. Nothing is run."""
    from tierdeps_boot.openrc.importer import read as read_source

    return read_source(source)


IMPORTER = Importer("openrc", recognises, read)
