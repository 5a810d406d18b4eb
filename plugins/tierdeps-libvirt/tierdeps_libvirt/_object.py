"""The base of lifecycles of single objects, which are found at any connection by their driver's name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import closing, contextmanager
from functools import partial
from time import sleep
from typing import TYPE_CHECKING, Any, ClassVar

from tierdeps import HealthUnknownError, Lifecycle, RunError
from tierdeps_libvirt import _settings
from tierdeps_libvirt._bringup import BringUp, Pace
from tierdeps_libvirt._connection import HERE, MONOLITHIC, NO_LIBRARY
from tierdeps_libvirt._health import ATTEMPTS, Attempts, CheckSettings, Observer
from tierdeps_libvirt._kinds import Ending
from tierdeps_libvirt._library import NO_SUPPORT, NOT_FOUND, code_of, load_library, plainly, sentence
from tierdeps_libvirt._modular import GUESTS, KILLER, Daemons, await_pools
from tierdeps_libvirt._opening import opened
from tierdeps_libvirt._restart import PAUSE_S, Restart
from tierdeps_libvirt._tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tierdeps import Context
    from tierdeps_libvirt._kinds import Kind
    from tierdeps_libvirt._library import Connection, Library, Startable


UNKNOWN = Ending("it is not active")


class ObjectLifecycle(Lifecycle, ABC):
    """One object, ``NOUN/NAME``. It was named explicitly, so it is a failure if libvirt does not have it."""

    uris: ClassVar[tuple[str, ...]] = MONOLITHIC
    root: ClassVar[Path] = HERE

    def __init__(self) -> None:
        #: The address at which it was found, and its name there.
        self.place: tuple[str, str] | None = None

    def library(self) -> Library:
        """Return libvirt-python."""
        return load_library()

    def load(self) -> Library:
        """Return libvirt-python. Raises RunError if it is not installed."""
        try:
            return self.library()
        except ImportError as error:
            raise RunError(NO_LIBRARY.format(error=error)) from error

    @abstractmethod
    def look_up(self, connection: Connection, name: str) -> Any:
        """Return the object; raises libvirt's error where there is none."""

    def places(self, name: str) -> tuple[tuple[str, ...], str]:
        """Return the connections to search, each with the object's name there."""
        return self.uris, name

    @contextmanager
    def found(self, context: Context) -> Iterator[tuple[Connection, Any]]:
        """Provide a connection and the object; libvirt's errors in the block become RunError."""
        library = self.load()
        connection, item = self._locate(library, context)
        with closing(connection), plainly(library):
            yield connection, item

    def _locate(self, library: Library, context: Context) -> tuple[Connection, Any]:
        uris, name = self.places(context.driver.partition("/")[2])
        chosen = _settings.uri(context.settings)
        refusals = []
        daemons = Daemons(self.root)
        for uri in uris if chosen is None else (chosen,):
            if not daemons.may_open(uri) and GUESTS[uri] == KILLER:  # the connection starts it
                await_pools(library, daemons, context)
            try:
                connection = opened(context, uri, partial(library.open, uri))
            except library.libvirtError as error:
                refusals.append(f"libvirt does not answer at {uri}: {sentence(error)}")
                continue
            try:
                item = self.look_up(connection, name)
            except library.libvirtError as error:
                connection.close()
                if code_of(error) not in NOT_FOUND | {NO_SUPPORT}:
                    raise RunError(sentence(error)) from error
                refusals.insert(0, f"{uri} does not have it: {sentence(error)}")
                continue
            self.place = uri, name
            return connection, item
        raise RunError(refusals[0])


class StartableLifecycle(ObjectLifecycle):
    """A pool, a network or a guest: adopted if it is active, otherwise started."""

    kind: ClassVar[Kind]

    def __init__(self) -> None:
        super().__init__()
        self.tally = Tally()
        self._seconds = 0.0
        self._attempts = Attempts()
        self._restart: Restart | None = None
        #: Whether it went down and stays so: then there is nothing to stop.
        self._is_lost = False

    def probe(self, context: Context) -> str | None:
        """Take the limits of checks from the settings. Raises RunError for invalid ones."""
        _settings.facts_timeout(context.settings)  # facts are read without it if it is invalid
        limits = CheckSettings.of(context.settings, self.kind)
        self.check_every, self.check_failures, self.check_timeout = limits.every, limits.failures, limits.timeout
        self._seconds = context.timeout
        return None

    def look_up(self, connection: Connection, name: str) -> Any:
        """Return the object."""
        return self.kind.find(connection, name)

    def adopt(self, context: Context) -> bool:
        """Return whether it is active."""
        with self.found(context) as (_, item):
            return bool(item.isActive())

    def start(self, context: Context) -> None:
        """Start it, and return once it is active; a start that depends on the environment is retried."""
        with self.found(context) as (connection, item):
            work = self._bring_up(connection, item, context)
            if work.has_created(item):
                self.was_started(item, context)
            self.tally.check()

    def _bring_up(self, connection: Connection, item: Startable, context: Context) -> BringUp:
        work = BringUp(self.load(), connection, self.kind, context, self.pace(context))
        self.tally = work.tally
        work.run([item])
        self.came_up(connection, item)
        return work

    async def check(self, context: Context) -> None:
        """Raise RunError if it is not active any more; where libvirt does not answer, that is unknown."""
        if self.place is None:
            return
        uri, name = self.place
        observer = Observer(self.load(), uri, self.root, self.kind, self.check_every)
        listing = await observer.listing(context)
        if listing.is_up(name):
            return
        if name in listing.faults:
            raise RunError(listing.faults[name].why)
        try:
            endings = await observer.endings(context, (name,))
        except HealthUnknownError:
            raise RunError("it is not active") from None
        if name in endings:
            raise RunError(endings[name].why)

    async def recover(self, context: Context) -> bool:
        """Start it again, if the settings say so; never where libvirt does not say why it is down."""
        ending = await self._ending(context)
        if not ending.why:
            context.restarted()
            return True
        may_start = CheckSettings.of(context.settings, self.kind).may_start(ending)
        if not may_start or not self._attempts.remain(context.driver):
            self._is_lost = True
            return False
        self._restart = Restart(context, self._seconds, partial(self._start_again, ending.why))
        return True

    async def _ending(self, context: Context) -> Ending:
        """Return why it is down now; the last check may have seen it while it was going down."""
        if self.place is None:
            return UNKNOWN
        uri, name = self.place
        try:
            endings = await Observer(self.load(), uri, self.root, self.kind, 0.0).endings(context, (name,))
        except HealthUnknownError:
            return UNKNOWN
        return endings.get(name, Ending())

    def _start_again(self, why: str, context: Context) -> None:
        """Try until it is up, or there were enough attempts."""
        while number := self._attempts.next(context.driver):
            context.restarting(f"{why}; restart {number} of {ATTEMPTS}")
            context.extend(context.timeout)
            try:
                with self.found(context) as (connection, item):
                    self._bring_up(connection, item, context)
                    self.tally.check()
            except Exception as error:  # noqa: BLE001  it ends in the report
                why = sentence(error)
            else:
                context.restarted()
                return
            if context.cancelled:
                return
            sleep(PAUSE_S)
        self._is_lost = True
        context.lost(f"{why} (restarted {ATTEMPTS} times)")

    def stop(self, context: Context) -> None:  # noqa: ARG002 - the contract's signature
        """Start it no more; it stays as it is."""
        if self._restart is not None:
            self._restart.end()

    def pace(self, context: Context) -> Pace:  # noqa: ARG002 - for those that have settings of it
        """Return how long its start takes at least; no longer than it needs, by default."""
        return Pace()

    def came_up(self, connection: Connection, item: Startable) -> None:
        """Handle a start that may have succeeded; nothing by default."""

    def was_started(self, item: Startable, context: Context) -> None:
        """Handle the start of an object by this run; nothing by default."""
