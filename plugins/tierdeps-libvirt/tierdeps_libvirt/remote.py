"""The connection to the daemon, which every connection that libvirt opens itself needs first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Driver, RunError
from tierdeps_libvirt import _settings
from tierdeps_libvirt._connection import ANYWHERE, is_modular, without_library
from tierdeps_libvirt._modular import Daemons, refuse_early_hypervisors
from tierdeps_libvirt._started import StartedLifecycle

if TYPE_CHECKING:
    from tierdeps import Context

DRIVER = Driver(
    "remote",
    tier="connection",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.remote:RemoteLifecycle",
    description="the connection to libvirt's daemon",
)


class RemoteLifecycle(StartedLifecycle):
    """Connects to the daemon; one connection that answers is enough.

    With modular daemons, each is a driver of its own, and there is no common one.
    """

    uris = ANYWHERE
    advice = 'start libvirtd, or name it: start = ["libvirtd"] in [drivers.remote]; --uri names another connection'

    def probe(self, context: Context) -> str | None:
        """Return why it is skipped if libvirt-python is missing; a daemon that does not answer is no reason."""
        try:
            self.library()
        except ImportError as error:
            return without_library(error, context.settings)
        commands = _settings.commands(context.settings, "start")
        refuse_early_hypervisors(commands)
        modular = is_modular(context.settings, Daemons(self.root))
        if modular and not commands and _settings.uri(context.settings) is None:
            return "the daemons of this host are modular: each is a driver of its own"
        return None

    def initialize(self, context: Context) -> None:
        """Start the daemon if the settings say so, and connect once it answers."""
        if _settings.commands(context.settings, "start"):
            self._save_guests(context)
        self.bring_up(context)

    def _save_guests(self, context: Context) -> None:
        """Have the pools of running guests up before libvirtd looks for these."""
        daemons = Daemons(self.root)
        try:
            if not daemons.runs("libvirtd") and daemons.have_pools_started():
                context.logger.info("guests run on pools, so libvirtd is to start the pools that are marked first")
        except OSError as error:
            raise RunError(f"{error.filename}: {(error.strerror or str(error)).lower()}; start as root") from error

    def fallbacks(self) -> tuple[str, ...]:
        """Return none: all connections were tried already."""
        return ()
