"""What is known of an installed plugin, whether it could be loaded or not."""

from __future__ import annotations

from enum import StrEnum

from tierdeps._util.frozen import Value


class PluginStatus(StrEnum):
    """What became of a plugin."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    BROKEN = "broken"
    DUPLICATE = "duplicate"
    INCOMPATIBLE = "incompatible"


class Plugin(Value):
    """One entry point of the group ``tierdeps``.

    ``problem`` says in one sentence why it is not active; its subject, the plugin, is left to who shows it.
    ``traceback`` is the whole story, for who asks for it. ``tiers`` are those that it declares or puts drivers into.
    ``seconds`` is what importing it took.
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
