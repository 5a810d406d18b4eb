"""Compose files: ``compose.yaml`` with its override files, ``include``, ``extends``, ``.env`` and profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Importer
from tierdeps_boot.compose.detect import recognises

if TYPE_CHECKING:
    from tierdeps import Declarations, Source


def read(source: Source) -> Declarations:
    """Return the declarations of a project. Nothing is run."""
    from tierdeps_boot._extras import need_yaml

    need_yaml(source.name)
    from tierdeps_boot.compose.importer import read as read_project

    return read_project(source)


IMPORTER = Importer("compose", recognises, read)
