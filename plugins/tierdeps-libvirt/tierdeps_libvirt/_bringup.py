"""Objects are brought up one by one: what is active is left alone, and what depends on the outside is tried again."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tierdeps import Value
from tierdeps_libvirt._library import LASTING, OPERATION_INVALID, code_of, sentence
from tierdeps_libvirt._tally import Came, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tierdeps import Context
    from tierdeps_libvirt._kinds import Kind
    from tierdeps_libvirt._library import Connection, Library, Startable

#: Seconds between two looks, and the shortest and longest pause before another attempt.
LOOK, FIRST_PAUSE, LONGEST_PAUSE = 0.1, 0.5, 5.0
#: How long somebody else may take who is starting the same object, in seconds.
COMPANY = 10.0
#: What is kept of the phase's time to say what came out: a share, and at most so many seconds.
SHARE, RESERVE = 0.1, 1.0
HANGS = "libvirt was still starting it when the time was over"


class Attempt(Value):
    """``why`` it failed, whether that lasts however often it is tried, and whether it is up by our doing."""

    why: str = ""
    lasts: bool = False
    ours: bool = True


class BringUp:
    """The work of having objects of one kind active before the phase's time is over.

    Libvirt is called in threads of their own: it may hang, and cannot be interrupted.
    """

    def __init__(self, library: Library, connection: Connection, kind: Kind, context: Context) -> None:
        self.tally = Tally(kind.noun, context.logger)
        self._error = library.libvirtError
        self._connection = connection
        self._kind = kind
        self._context = context
        remaining = context.remaining
        self._end = monotonic() + remaining - min(RESERVE, SHARE * remaining)
        self._begun: list[tuple[Startable, float]] = []
        self._problems: dict[str, str] = {}

    def run(self, items: Iterable[Startable]) -> Tally:
        """Bring them up in their order; what depends on the outside is tried alongside, and keeps nobody waiting."""
        outside: list[tuple[Startable, Thread]] = []
        inside: list[Startable] = []
        for item in items:
            if self._is_up(item):
                self.tally.settle(item, Came.ACTIVE)
            elif self._hangs_outside(item):
                outside.append((item, self._thread(self._insist, item)))
            else:
                inside.append(item)
        for item in inside:
            self._start(item)
        for item, since in self._begun:
            self._verify(item, since)
        for item, thread in outside:
            self._await(item, thread)
        return self.tally

    @property
    def _over(self) -> bool:
        return self._context.cancelled or monotonic() >= self._end

    def _wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Wait until something holds; return whether it came to that in time."""
        end = min(monotonic() + seconds, self._end)
        while not until():
            left = end - monotonic()
            if left <= 0 or self._over:
                return False
            sleep(min(LOOK, left))
        return True

    def _thread(self, target: Callable[[Startable], None], item: Startable) -> Thread:
        thread = Thread(target=target, args=(item,), name=f"tierdeps {item.name()}", daemon=True)
        thread.start()
        return thread

    def _await(self, item: Startable, thread: Thread) -> None:
        while thread.is_alive() and not self._over:
            thread.join(LOOK)
        if thread.is_alive() or item.name() in self._problems:
            self.tally.settle(item, Came.FAILED, self._problems.get(item.name(), HANGS))

    def _is_up(self, item: Startable) -> bool:
        with suppress(self._error):
            return bool(item.isActive())
        return False

    def _hangs_outside(self, item: Startable) -> bool:
        with suppress(self._error):
            return self._kind.hangs_outside(item)
        return False

    def _start(self, item: Startable) -> None:
        """Start one that comes up at once or not at all; its state is verified later."""
        if self._over:
            self.tally.settle(item, Came.FAILED, "it was not tried: the time was over")
        elif not self._connection.isAlive():
            self.tally.settle(item, Came.FAILED, "it was not tried: the connection to libvirt was lost")
        else:
            self._await(item, self._thread(self._once, item))

    def _create(self, item: Startable) -> Attempt:
        """Ask libvirt for it; where somebody else is at it too, either may succeed."""
        try:
            item.create()
        except self._error as error:
            patience = COMPANY if code_of(error) == OPERATION_INVALID and not self._kind.settles else 0.0
            if self._wait(patience, lambda: self._is_up(item)):
                return Attempt(ours=False)
            return Attempt(self._word(error), code_of(error) in LASTING or not self._connection.isAlive())
        return Attempt()

    def _once(self, item: Startable) -> None:
        attempt = self._create(item)
        if attempt.why:
            self.tally.settle(item, Came.FAILED, attempt.why)
        elif attempt.ours:
            self._begun.append((item, monotonic()))
        else:
            self.tally.settle(item, Came.ACTIVE)

    def _verify(self, item: Startable, since: float) -> None:
        """Wait until it is up; where one may die at once, see that it stays up."""
        stays = self._kind.settles
        if stays:
            self._wait(since + stays - monotonic(), lambda: bool(self._fault(item)))
        else:
            self._wait(self._end - monotonic(), lambda: not self._fault(item))
        why = self._fault(item)
        self.tally.settle(item, Came.FAILED if why else Came.STARTED, why)

    def _fault(self, item: Startable) -> str:
        try:
            return self._kind.fault(item)
        except self._error as error:
            return self._word(error)

    def _word(self, error: Exception) -> str:
        """Return libvirt's own words, which tell of the end of a file where the connection is what ended."""
        said = sentence(error)
        return said if self._connection.isAlive() else f"the connection to libvirt was lost: {said}"

    def _insist(self, item: Startable) -> None:
        """Try again and again; every attempt may take libvirt half a minute."""
        name, pause = item.name(), FIRST_PAUSE
        for number in count(1):
            attempt = self._create(item)
            why = attempt.why or self._fault(item)
            if not why:
                self.tally.settle(item, Came.STARTED if attempt.ours else Came.ACTIVE)
                return
            if attempt.lasts:
                self.tally.settle(item, Came.FAILED, why)
                return
            self._problems[name] = f"{why} (attempts: {number})"
            if number == 1:
                self._context.logger.info("%s %s: not yet, and is tried again: %s", self._kind.noun, name, why)
            self._wait(pause, lambda: self._over)
            if self._over:
                return
            pause = min(pause * 2, LONGEST_PAUSE)
