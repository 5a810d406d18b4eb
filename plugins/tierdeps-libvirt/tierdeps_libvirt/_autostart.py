"""The lifecycle of drivers whose objects can be marked autostart: marked ones are started, and stay up."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from tierdeps_libvirt import _settings
from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._bringup import BringUp, Pace
from tierdeps_libvirt._health import ATTEMPTS, Attempts, CheckSettings, Observer
from tierdeps_libvirt._kinds import GOING_DOWN
from tierdeps_libvirt._library import plainly, sentence
from tierdeps_libvirt._restart import Restart
from tierdeps_libvirt._tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tierdeps import Context
    from tierdeps_libvirt._kinds import Ending, Kind
    from tierdeps_libvirt._library import Connection, Startable


class AutostartLifecycle(ConnectedLifecycle):
    """Starts the objects that are marked autostart; active ones are not touched, and nothing is stopped."""

    kind: ClassVar[Kind]

    def __init__(self) -> None:
        super().__init__()
        self._tally = Tally()
        self._seconds = 0.0
        self._uri = ""
        #: The objects that were up, each with how many checks in a row have found it down.
        self._watched: dict[str, int] = {}
        #: Those of them that stay down, each with the reason; the driver is degraded by them.
        self._given_up: dict[str, str] = {}
        self._attempts = Attempts()
        self._restart: Restart | None = None

    def probe(self, context: Context) -> str | None:
        """Raise RunError for invalid settings of checks and facts before anything is started."""
        _settings.facts_timeout(context.settings)  # facts are read without it if it is invalid
        limits = CheckSettings.of(context.settings, self.kind)
        self.check_every, self.check_failures, self.check_timeout = limits.every, limits.failures, limits.timeout
        self._seconds = context.timeout
        return super().probe(context)

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
            self._watch(connection, names)
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
        with plainly(self.library()):
            self._watch(connection, [item.name() for item in marked if item.name() not in self._tally.failed])
        for item in marked:
            if work.has_created(item):
                self.was_started(item, context)
        for fault in self._tally.faults():
            context.degraded(fault)

    def _watch(self, connection: Connection, names: Iterable[str]) -> None:
        self._uri = connection.getURI()
        self._watched = dict.fromkeys(names, 0)

    async def check(self, context: Context) -> None:
        """Look for the objects that were up; what is down is started if the settings say so, or degrades the driver.

        The driver itself is never lost by that: its other objects are up.
        """
        if not self._watched or (self._restart is not None and not self._restart.is_over):
            return
        observer = Observer(self.library(), self._uri, self.root, self.kind, self.check_every)
        listing = await observer.listing(context)
        for name, failures in self._watched.items():
            self._watched[name] = 0 if listing.is_up(name) else failures + 1
        self._given_up = {name: fault for name, fault in self._given_up.items() if self._watched[name]}
        down = {name for name, failures in self._watched.items() if failures >= self.check_failures}
        down -= self._given_up.keys()
        faults = {name: listing.faults[name] for name in down if name in listing.faults}
        unknown = down - faults.keys()
        if unknown:
            faults |= await observer.endings(context, unknown)
        self._handle(context, {name: ending for name, ending in faults.items() if ending is not GOING_DOWN})

    def _handle(self, context: Context, faults: Mapping[str, Ending]) -> None:
        """Start those again that may be started; give up the others."""
        limits, started = CheckSettings.of(context.settings, self.kind), []
        for name, ending in sorted(faults.items()):
            number = self._attempts.next(name) if limits.may_start(ending) else 0
            if number:
                started.append(name)
                text = "%s %s: %s; restart %d of %d"
                context.logger.warning(text, self.kind.noun, name, ending.why, number, ATTEMPTS)
            else:
                self._give_up(context, name, f"{self.kind.noun} {name}: {ending.why}")
        if started:
            self._restart = Restart(context, self._seconds, partial(self._start_again, started))

    def _give_up(self, context: Context, name: str, fault: str) -> None:
        self._given_up[name] = fault
        context.logger.warning("%s", fault)
        context.degraded(fault)

    def _start_again(self, names: Sequence[str], context: Context) -> None:
        """Start objects over a connection of their own."""
        try:
            with closing(self.open(context)) as connection, plainly(self.library()):
                items, earlier = self.in_order([self.kind.find(connection, name) for name in names], context)
                work = BringUp(self.library(), connection, self.kind, context, self.pace(context))
                tally = work.run(items, earlier)
        except Exception as error:  # noqa: BLE001  it ends in the report
            for name in names:
                self._give_up(context, name, f"{self.kind.noun} {name}: it did not start again: {sentence(error)}")
            return
        self._tally.started += [item for item in tally.started if item.name() not in self._started_names()]
        for name, why in sorted(tally.failed.items()):
            self._given_up[name] = f"{self.kind.noun} {name}: {why}"
            context.degraded(self._given_up[name])

    def _started_names(self) -> set[str]:
        return {item.name() for item in self._tally.started}

    def reload(self, context: Context) -> None:
        """Report which of the objects are still down that did not come up, or went down since."""
        failed = {name: f"{self.kind.noun} {name}: {why}" for name, why in self._tally.failed.items()}
        faults = failed | self._given_up
        if not faults:
            return
        with closing(self.open(context)) as connection, plainly(self.library()):
            up = {item.name() for item in self.kind.all_of(connection) if item.isActive()}
        for name, fault in sorted(faults.items()):
            if name not in up:
                context.degraded(fault)

    def stop(self, context: Context) -> None:
        """Start nothing again from now on, and close the connection."""
        self.end_restart()
        super().stop(context)

    def end_restart(self) -> None:
        """Start nothing again from now on."""
        if self._restart is not None:
            self._restart.end()

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
