"""The state of an installed plugin, loaded or not."""

from __future__ import annotations

from enum import StrEnum

from tierdeps._util.frozen import Value


class PluginStatus(StrEnum):
    """Whether a plugin is used, and if not, why not."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    BROKEN = "broken"
    DUPLICATE = "duplicate"
    INCOMPATIBLE = "incompatible"


class Plugin(Value):
    """One entry point of the group ``tierdeps``.

    ``problem`` says why it is not active: the rest of a sentence that starts with the plugin's name. ``tiers`` are
    those that it declares or puts drivers into. ``seconds`` is how long importing it took.
    """

    name: str
    distribution: str
    version: str
    status: PluginStatus
    reference: str = ""
    problem: str = ""
    traceback: str = ""
    hooks: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def package(self) -> str:
        """The distribution with its version."""
        return f"{self.distribution} {self.version}".strip()
