"""The way to the daemon: what every connection that is opened inside libvirt goes past first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps import Driver
from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._library import version_text

if TYPE_CHECKING:
    from tierdeps import Context

DRIVER = Driver(
    "remote",
    tier="connection",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.remote:RemoteLifecycle",
    description="the connection to libvirt's daemon",
)


class RemoteLifecycle(ConnectedLifecycle):
    """Reaches the daemon; one connection that is answered is enough, whoever serves it."""

    uris = ("qemu:///system", "lxc:///system", "xen:///system", "secret:///system")

    def initialize(self, context: Context) -> None:
        """Connect, and say what answers."""
        connection = self.connect(context)
        version = version_text(connection.getLibVersion())
        context.logger.info("libvirt %s answers at %s", version, connection.getURI())
