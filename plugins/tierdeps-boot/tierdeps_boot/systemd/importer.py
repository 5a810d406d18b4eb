"""The importer: from a source to declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import InputError

if TYPE_CHECKING:
    from tierdeps import Declarations, Source


def read(source: Source) -> Declarations:
    """Return the declarations of all units of a source."""
    raise InputError(source.name, "units of systemd cannot be read yet")
