"""The lifecycle of drivers whose objects can be marked autostart: what is marked is brought up, and stays up."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._bringup import BringUp
from tierdeps_libvirt._library import plainly
from tierdeps_libvirt._tally import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tierdeps import Context
    from tierdeps_libvirt._kinds import Kind
    from tierdeps_libvirt._library import Connection, Startable


class AutostartLifecycle(ConnectedLifecycle):
    """Brings up what is marked autostart; what is active is never touched, and nothing is taken down at stop."""

    kind: ClassVar[Kind]

    def __init__(self) -> None:
        super().__init__()
        self._tally = Tally()

    def unsuited(self, connection: Connection) -> str | None:
        """Ask for the list, which is what is needed of it."""
        self.kind.all_of(connection)
        return None

    def adopt(self, context: Context) -> bool:
        """Return whether all that is marked is active; where nothing is marked, there is nothing to adopt."""
        with closing(self.open(context)) as connection, plainly(self.library()):
            marked = self.kind.marked_of(connection)
            if not marked or not all(item.isActive() for item in marked):
                return False
            names = [item.name() for item in marked]
        for name in names:
            context.logger.info("%s %s: was active already", self.kind.noun, name)
        return True

    def autostart(self, context: Context) -> None:
        """Bring it up; raises RunError naming all that did not come up, once each of them was tried."""
        connection = self._connection or self.connect(context)
        with plainly(self.library()):
            marked = self.in_order(self.kind.marked_of(connection), context)
        if not marked:
            context.logger.info("no %s is marked autostart", self.kind.noun)
        work = BringUp(self.library(), connection, self.kind, context)
        self._tally = work.tally
        work.run(marked).check()

    def in_order(self, items: Sequence[Startable], context: Context) -> Sequence[Startable]:  # noqa: ARG002
        """Put them in the order in which they are to come up."""
        return items

    def items(self) -> list[Any]:
        """List what is defined."""
        return [] if self._connection is None else self.kind.all_of(self._connection)

    def counted(self, count: int) -> str:
        """Return a number of objects in words."""
        return f"{count} {self.kind.noun}{'' if count == 1 else 's'}"
