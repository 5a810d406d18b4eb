"""Files of process-compose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Importer
from tierdeps_boot.process_compose.detect import recognises

if TYPE_CHECKING:
    from tierdeps import Declarations, Source


def read(source: Source) -> Declarations:
    """Return the declarations of a project. Nothing is run."""
    from tierdeps_boot._extras import need_yaml

    need_yaml(source.name)
    from tierdeps_boot.process_compose.importer import read as read_source

    return read_source(source)


IMPORTER = Importer("process-compose", recognises, read)
