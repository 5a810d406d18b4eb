"""The lifecycle of drivers whose objects can be marked autostart: marked ones are started, and stay up."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._bringup import BringUp, Pace
from tierdeps_libvirt._library import plainly
from tierdeps_libvirt._tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps import Context
    from tierdeps_libvirt._kinds import Kind
    from tierdeps_libvirt._library import Connection, Startable


class AutostartLifecycle(ConnectedLifecycle):
    """Starts the objects that are marked autostart; active ones are not touched, and nothing is stopped."""

    kind: ClassVar[Kind]

    def __init__(self) -> None:
        super().__init__()
        self._tally = Tally()

    def unsuited(self, connection: Connection) -> str | None:
        """Return why the connection is unsuited: it cannot list the objects."""
        self.kind.all_of(connection)
        return None

    def adopt(self, context: Context) -> bool:
        """Return whether all marked objects are active; without any there is nothing to adopt."""
        with closing(self.open(context)) as connection, plainly(self.library()):
            marked = self.chosen(connection, context)
            if not marked or not all(item.isActive() for item in marked):
                return False
            names = [item.name() for item in marked]
        for name in names:
            context.logger.info("%s %s: was active already", self.kind.noun, name)
        return True

    def autostart(self, context: Context) -> None:
        """Start the objects, each with a time limit of its own; those that do not start degrade the driver.

        Raises RunError where the connection was lost.
        """
        connection = self._connection or self.connect(context)
        with plainly(self.library()):
            marked, earlier = self.in_order(self.chosen(connection, context), context)
        if not marked:
            context.logger.info("no %s is marked autostart", self.kind.noun)
        work = BringUp(self.library(), connection, self.kind, context, self.pace(context))
        self._tally = work.tally
        work.run(marked, earlier)
        if not connection.isAlive():
            self._tally.check()
        for item in marked:
            if work.has_created(item):
                self.was_started(item, context)
        for fault in self._tally.faults():
            context.degraded(fault)

    def chosen(self, connection: Connection, context: Context) -> Sequence[Startable]:  # noqa: ARG002
        """Return the objects to start."""
        return self.kind.marked_of(self.library(), connection)

    def was_started(self, item: Startable, context: Context) -> None:
        """Handle the start of an object by this run; nothing by default."""

    def pace(self, context: Context) -> Pace:  # noqa: ARG002
        """Return how many are started at a time."""
        return Pace()

    def in_order(
        self,
        items: Sequence[Startable],
        context: Context,  # noqa: ARG002
    ) -> tuple[Sequence[Startable], Mapping[str, frozenset[str]]]:
        """Return the objects in the order of their start, and for each the names of those that it comes after."""
        return items, {}

    def items(self) -> list[Any]:
        """Return the defined objects."""
        return [] if self._connection is None else self.kind.all_of(self._connection)

    def counted(self, count: int) -> str:
        """Return a number of objects as text."""
        return f"{count} {self.kind.noun}{'' if count == 1 else 's'}"
