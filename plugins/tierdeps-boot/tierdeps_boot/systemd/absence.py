"""Why a unit that another one names is not there."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps_boot.systemd.links import words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps_boot.systemd.boot import Boot


class Absence:
    """Says of units that are not there what is known of that; ``masked`` returns what masks a unit, or nothing."""

    def __init__(self, boot: Boot, masked: Callable[[str], str]) -> None:
        self._boot = boot
        self._masked = masked

    def why(self, name: str) -> str:
        """Return why a unit is not there, as a sentence without its subject; empty: nothing is known of it."""
        if masking := self._masked(name):
            return f"is masked by {masking}"
        owner = self._aliases.get(name)
        return f"is an alias that {owner} has only when it is enabled" if owner else ""

    @cached_property
    def _aliases(self) -> dict[str, str]:
        """The names that units get when they are enabled."""
        found: dict[str, str] = {}
        for name, unit in self._boot.units.items():
            for entry in unit.all("Install", "Alias"):
                for alias in words_of(unit, entry):
                    found.setdefault(alias, name)
        return found
