"""The lifecycle of modular daemons: each is started where the settings say so, and ready when it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tierdeps import RunError
from tierdeps_libvirt import _settings
from tierdeps_libvirt._connection import without_library
from tierdeps_libvirt._modular import GUESTS, KILLER, Daemons, await_pools
from tierdeps_libvirt._started import StartedLifecycle

if TYPE_CHECKING:
    from tierdeps import Context

#: Why a driver requires its daemon.
SERVED = "where daemons are modular, it is served by a daemon of its own (libvirt 5.7.0)"


class DaemonLifecycle(StartedLifecycle):
    """One daemon, ``daemon``, which serves ``uris``.

    It is skipped where it is not on this host, or libvirtd answers in its place. Where one that starts no guests does
    not come up, it is degraded: what needs it fails by itself, and the rest goes on.
    """

    daemon: ClassVar[str] = ""

    def probe(self, context: Context) -> str | None:
        """Return why there is no such daemon here."""
        try:
            self.library()
        except ImportError as error:
            return without_library(error, context.settings)
        uri, daemons = _settings.uri(context.settings), Daemons(self.root)
        if uri is not None:
            return f"the connection {uri} is named; any daemon may serve it"
        if _settings.commands(context.settings, "start"):
            return None
        if daemons.is_monolithic(self.daemon):
            return f"libvirtd answers in its place: there is no socket of {self.daemon}"
        return None if daemons.is_installed(self.daemon) else f"there is no {self.daemon} on this host"

    def adopt(self, context: Context) -> bool:
        """Return whether it answers; one that would start for that, and look for its guests, is not asked."""
        return Daemons(self.root).may_open(self.uris[0]) and super().adopt(context)

    def initialize(self, context: Context) -> None:
        """Start it, or have it started, and wait until it answers."""
        if self.daemon == KILLER:
            await_pools(self.library(), Daemons(self.root), context)
        try:
            self.bring_up(context)
        except RunError as error:
            if self._starts_guests:
                raise
            context.degraded(str(error))

    def fallbacks(self) -> tuple[str, ...]:
        """No other daemon will do."""
        return ()

    @property
    def _starts_guests(self) -> bool:
        return self.daemon in GUESTS.values()
