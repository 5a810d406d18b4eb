"""Units of systemd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Importer
from tierdeps_boot.systemd.detect import recognises

if TYPE_CHECKING:
    from tierdeps import Declarations, Rule, Source


def read(source: Source) -> Declarations:
    """Return the declarations of a folder of units, a tree of folders or this host. Nothing is run."""
    from tierdeps_boot.systemd.importer import read as read_units

    return read_units(source)


def rules() -> tuple[Rule, ...]:
    """Return the rules about units."""
    from tierdeps_boot.systemd._rules import RULES

    return RULES


IMPORTER = Importer("systemd", recognises, read)
