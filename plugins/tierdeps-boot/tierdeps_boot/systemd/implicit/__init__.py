"""The dependencies that units have without saying so, a file for each kind; see systemd.unit(5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps_boot.systemd.implicit import activation, defaults, environment, storage
from tierdeps_boot.systemd.implicit.paths import paths_needed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierdeps_boot.systemd.links import Link
    from tierdeps_boot.systemd.units import Unit

__all__ = ["implicit_links", "paths_needed"]


def implicit_links(unit: Unit) -> Iterator[Link]:
    """Yield what a unit's type and settings add to its own dependencies, but for those on paths."""
    yield from defaults.links(unit)
    yield from environment.links(unit)
    yield from activation.links(unit)
    yield from storage.links(unit)
