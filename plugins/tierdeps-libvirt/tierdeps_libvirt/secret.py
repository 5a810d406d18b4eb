"""Secrets: the keys of storage pools, disks and encrypted volumes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tierdeps import Driver, requires
from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._connection import everywhere
from tierdeps_libvirt._daemon import SERVED
from tierdeps_libvirt._library import plainly
from tierdeps_libvirt._opening import opened
from tierdeps_libvirt._secret_values import faults, requesters

if TYPE_CHECKING:
    from tierdeps import Context
    from tierdeps_libvirt._library import Connection

DRIVER = Driver(
    "secret",
    tier="core",
    phases=("initialize",),
    dependencies=(requires("virtsecretd", reason=SERVED),),
    lifecycle="tierdeps_libvirt.secret:SecretLifecycle",
    description="secrets: keys of pools, disks and encrypted volumes",
)


class SecretLifecycle(ConnectedLifecycle):
    """Checks that every secret that an object marked autostart uses is defined and has a value."""

    uris = ("secret:///system",)
    noun = "secret"
    listing = "listAllSecrets"

    def initialize(self, context: Context) -> None:
        """Connect, count, and check the values; each missing one degrades the driver."""
        super().initialize(context)
        library = self.library()
        connection = self._connection or self.connect(context)

        def opening(uri: str) -> Connection:
            return opened(context, uri, partial(library.open, uri))

        with everywhere(library, context.settings, self.root, opening) as connections, plainly(library):
            asked = requesters(library, connections)
            missing = faults(library, connection, asked)
        for fault in missing:
            context.degraded(fault)
        if not missing:
            context.logger.info("%d of them asked for by what is marked autostart, all with a value", len(asked))
