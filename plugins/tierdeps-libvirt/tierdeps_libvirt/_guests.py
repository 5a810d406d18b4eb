"""The lifecycle of hypervisors: guests that are marked autostart are started, and shut down only where asked for."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, ClassVar, cast

from tierdeps_libvirt import _settings
from tierdeps_libvirt._autostart import AutostartLifecycle
from tierdeps_libvirt._bringup import Pace
from tierdeps_libvirt._guest_order import in_requested_order, with_earlier
from tierdeps_libvirt._kinds import DOMAINS
from tierdeps_libvirt._library import plainly
from tierdeps_libvirt._memory import LEFT_OFF, Memory
from tierdeps_libvirt._once import clear_once
from tierdeps_libvirt._shutdown import ALL, LEAVE, ShutDown, ShutdownSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps import Context
    from tierdeps_libvirt._kinds import Kind
    from tierdeps_libvirt._library import Connection, Guest, Startable


class GuestLifecycle(AutostartLifecycle):
    """Starts guests in the order that their metadata requests.

    At stop they run on; with ``guests = "shutdown"`` in the settings those that this run started are shut down, with
    ``"shutdown-all"`` all that run and are defined, in the reverse order of their coming up.
    """

    kind: ClassVar[Kind] = DOMAINS
    #: The types of connections whose guests these are.
    types: ClassVar[frozenset[str]] = frozenset()

    def probe(self, context: Context) -> str | None:
        """Raise RunError for invalid settings before any guest is started."""
        ShutdownSettings.of(context.settings)
        self.pace(context)
        return super().probe(context)

    def unsuited(self, connection: Connection) -> str | None:
        """Return why the connection is another hypervisor's, whose own driver starts its guests."""
        found = connection.getType()
        if found.upper() not in self.types:
            return f"the connection {connection.getURI()} is of type {found}, whose guests are another driver's"
        return super().unsuited(connection)

    def fallbacks(self) -> tuple[str, ...]:
        """Return none: another hypervisor's connection has other guests."""
        return ()

    def adopt(self, context: Context) -> bool:
        """Adopt no guests that are to be shut down at stop: an adopted driver is not stopped."""
        if ShutdownSettings.of(context.settings).guests == ALL or not super().adopt(context):
            return False
        with closing(self.open(context)) as connection, plainly(self.library()):
            self._remember(connection)
        return True

    def chosen(self, connection: Connection, context: Context) -> Sequence[Startable]:
        """Return the guests to start: not those that were shut down since this boot, unless all are requested."""
        marked = super().chosen(connection, context)
        left_off = self.memory(connection).left_off(marked, context)
        for guest in left_off:
            context.logger.info("%s %s: %s", self.kind.noun, guest.name(), LEFT_OFF)
        names = {guest.name() for guest in left_off}
        return [guest for guest in marked if guest.name() not in names]

    def autostart(self, context: Context) -> None:
        """Start the guests, and record which ones run."""
        super().autostart(context)
        if self._connection is not None and self._connection.isAlive():
            with plainly(self.library()):
                self._remember(self._connection)

    def was_started(self, item: Startable, context: Context) -> None:
        """Clear the mark for one boot; that of a guest that ran already stays: it is for the boot to come."""
        clear_once(self.library(), item, context.logger)

    def memory(self, connection: Connection) -> Memory:
        """Return the record of the guests of a connection."""
        return Memory.of(connection.getURI(), self.root)

    def _remember(self, connection: Connection) -> None:
        self.memory(connection).ran([guest for guest in self.kind.all_of(connection) if guest.isActive()])

    def in_order(
        self, items: Sequence[Startable], context: Context
    ) -> tuple[Sequence[Startable], Mapping[str, frozenset[str]]]:
        """Return the guests in the order that their metadata requests."""
        return with_earlier(items, context.logger.warning)

    def pace(self, context: Context) -> Pace:
        """Return how many to start at a time, and with which pauses, from the settings."""
        return Pace(_settings.number(context.settings, "jobs", 1), _settings.seconds(context.settings, "delay", 0.0))

    def stop(self, context: Context) -> None:
        """Shut down the guests that the settings say, and close the connection."""
        self.end_restart()
        manner = ShutdownSettings.of(context.settings)
        try:
            if manner.guests == ALL or (manner.guests != LEAVE and self._tally.started):
                self._shut_down(manner, context)
        finally:
            super().stop(context)

    def _shut_down(self, manner: ShutdownSettings, context: Context) -> None:
        library = self.library()
        connection = self._connection
        if connection is None or not connection.isAlive():
            connection = self.connect(context)
        with plainly(library):
            if manner.guests == ALL:
                guests = self._running(connection, context)
            else:
                names = [item.name() for item in self._tally.started]
                guests = [self.kind.find(connection, name) for name in names]
            self.memory(connection).forget(guests)
            ShutDown(library, self.kind, manner, context).run(cast("list[Guest]", guests[::-1]))

    def _running(self, connection: Connection, context: Context) -> list[Startable]:
        """Return all guests that run and are defined, in the order of their start."""
        guests = cast("list[Guest]", self.kind.all_of(connection))
        running = sorted((guest for guest in guests if guest.isActive() and guest.isPersistent()), key=_since)
        return in_requested_order(running, context.logger.warning)


def _since(guest: Guest) -> int:
    return guest.ID()
