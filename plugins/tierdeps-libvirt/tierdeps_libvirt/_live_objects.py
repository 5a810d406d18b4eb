"""The lifecycles of single objects, one class for each kind, as the importer names them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

from tierdeps import RunError
from tierdeps_libvirt import _settings
from tierdeps_libvirt._bringup import Pace
from tierdeps_libvirt._connection import HYPERVISORS
from tierdeps_libvirt._devices import HostLifecycle
from tierdeps_libvirt._kinds import DOMAINS, NETWORKS, POOLS
from tierdeps_libvirt._memory import LEFT_OFF, Memory
from tierdeps_libvirt._object import ObjectLifecycle, StartableLifecycle
from tierdeps_libvirt._once import clear_once
from tierdeps_libvirt._references import SecretName
from tierdeps_libvirt._secret_values import fault, find
from tierdeps_libvirt._shutdown import ALL, LEAVE, ShutDown, ShutdownSettings

if TYPE_CHECKING:
    from tierdeps import Context
    from tierdeps_libvirt._library import Connection, Guest, Secret, Startable

__all__ = [
    "DomainLifecycle",
    "HostLifecycle",
    "NetworkLifecycle",
    "NwfilterLifecycle",
    "PoolLifecycle",
    "SecretLifecycle",
]


class SecretLifecycle(ObjectLifecycle):
    """A secret, which must have a value."""

    uris = ("secret:///system",)

    def look_up(self, connection: Connection, name: str) -> Secret:
        """Return the secret; its name is its UUID."""
        return find(connection, SecretName(name))

    def start(self, context: Context) -> None:
        """Check that it has a value."""
        with self.found(context) as (connection, secret):
            why = fault(self.load(), connection, SecretName(secret.UUIDString()))
        if why:
            raise RunError(f"it {why}")


class NwfilterLifecycle(ObjectLifecycle):
    """A network filter, which must be defined."""

    uris = ("nwfilter:///system",)

    def look_up(self, connection: Connection, name: str) -> object:
        """Return the object."""
        return connection.nwfilterLookupByName(name)  # type: ignore[attr-defined]  # asked for by name

    def start(self, context: Context) -> None:
        """Check that it is defined."""
        with self.found(context):
            context.logger.info("nwfilter %s: is defined", context.driver.partition("/")[2])


class PoolLifecycle(StartableLifecycle):
    """A storage pool."""

    uris = ("storage:///system",)
    kind = POOLS


class NetworkLifecycle(StartableLifecycle):
    """A virtual network."""

    uris = ("network:///system",)
    kind = NETWORKS


class DomainLifecycle(StartableLifecycle):
    """A guest of any hypervisor; at stop it runs on, unless the settings request a shutdown."""

    kind = DOMAINS

    def probe(self, context: Context) -> str | None:
        """Return why a guest is skipped that was shut down since this boot. Raises RunError for invalid settings."""
        super().probe(context)
        ShutdownSettings.of(context.settings)
        self.pace(context)
        with suppress(RunError), self.found(context) as (connection, item):  # the start reports what is wrong
            if self.memory(connection).left_off([item], context):
                return LEFT_OFF
        return None

    def pace(self, context: Context) -> Pace:
        """Return the pause after its start, from the settings: until then its start counts for ``--jobs``."""
        return Pace(delay=_settings.seconds(context.settings, "delay", 0.0))

    def places(self, name: str) -> tuple[tuple[str, ...], str]:
        """Return only one hypervisor if the name starts with it, since several have a guest of that name."""
        hypervisor, slash, rest = name.partition("/")
        return ((HYPERVISORS.get(hypervisor, hypervisor),), rest) if slash else (self.uris, name)

    def adopt(self, context: Context) -> bool:
        """Adopt no guest that is to be shut down at stop: an adopted driver is not stopped."""
        with self.found(context) as (connection, item):
            if not item.isActive():
                return False
            self.came_up(connection, item)
        return ShutdownSettings.of(context.settings).guests != ALL

    def came_up(self, connection: Connection, item: Startable) -> None:
        """Record that it runs."""
        if item.isActive():
            self.memory(connection).ran([item])

    def was_started(self, item: Startable, context: Context) -> None:
        """Clear the mark for one boot; that of an adopted guest stays: it is for the boot that is still to come."""
        clear_once(self.load(), item, context.logger)

    def memory(self, connection: Connection) -> Memory:
        """Return the record of the guests of a connection."""
        return Memory.of(connection.getURI(), self.root)

    def stop(self, context: Context) -> None:
        """Shut it down if the settings say so and this run started it, or all guests are meant.

        One that was lost is left as it is: it is off, or paused for an error and may be resumed.
        """
        super().stop(context)
        if self._is_lost:
            return
        manner = ShutdownSettings.of(context.settings)
        if manner.guests == ALL or (manner.guests != LEAVE and self.tally.started):
            with self.found(context) as (connection, item):
                self.memory(connection).forget([item])
                ShutDown(self.load(), self.kind, manner, context).run([cast("Guest", item)])
