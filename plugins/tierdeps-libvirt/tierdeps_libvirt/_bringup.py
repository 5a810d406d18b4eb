"""The start of objects: each with a time limit of its own, so many at once, each after those that it requests."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from itertools import count
from threading import Condition, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING

from tierdeps import Value
from tierdeps_libvirt._kinds import definition_of
from tierdeps_libvirt._library import LASTING, OPERATION_INVALID, code_of, is_late_device, sentence
from tierdeps_libvirt._tally import Outcome, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from tierdeps import Context
    from tierdeps_libvirt._kinds import Kind
    from tierdeps_libvirt._library import Connection, Library, Startable

#: The interval of checks, and the shortest and longest pause before another attempt, in seconds.
POLL_S, FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 0.5, 5.0
#: How long another program may take that is starting the same object, in seconds.
OTHER_START_S = 10.0
#: The end of an object's time that is reserved for reporting: a share, and the most, in seconds.
SHARE, RESERVE_S = 0.1, 1.0
HANGS = "libvirt was still starting it when its time was over"
CUT_OFF = "libvirt was still starting it when the start was stopped"
LOST = "it was not tried: the connection to libvirt was lost"
STOPPED = "it was not tried: the start was stopped"


class Pace(Value):
    """How many objects are started at a time, and for how many seconds each of them keeps its place once it is up."""

    jobs: int = 1
    delay: float = 0.0


class Attempt(Value):
    """``why`` it failed, whether another attempt may succeed, and whether this attempt started it."""

    why: str = ""
    again: bool = False
    ours: bool = True


class Turn:
    """The start of one object; ``end`` is when its time is over."""

    def __init__(self, item: Startable, end: float, *, holds_slot: bool) -> None:
        self.item = item
        self.name = item.name()
        self.end = end
        self.holds_slot = holds_slot
        #: The last reason why it is not up yet.
        self.problem = ""
        self.is_over = False


class BringUp:
    """Starts the objects of one kind, each within its time.

    An object's time is that of the phase, and begins with its turn: the phase is extended for it. Libvirt is called in
    a thread for each object, for it may hang and cannot be interrupted; where it does, the next object takes the place.
    """

    def __init__(
        self, library: Library, connection: Connection, kind: Kind, context: Context, pace: Pace | None = None
    ) -> None:
        self.tally = Tally(kind.noun, context.logger)
        self._error = library.libvirtError
        self._connection = connection
        self._kind = kind
        self._context = context
        self._pace = pace or Pace()
        self._patience = context.timeout - min(RESERVE_S, SHARE * context.timeout)
        self._changed = Condition()
        self._turns: list[Turn] = []
        #: The names of the objects that are retried beside the others.
        self._alongside: set[str] = set()
        #: The names of the objects that libvirt has started, in that order.
        self._created: list[str] = []

    def run(self, items: Iterable[Startable], earlier: Mapping[str, Collection[str]] | None = None) -> Tally:
        """Bring them up in their order; each comes after those that are ``earlier`` have come up or failed.

        What depends on other hosts is tried alongside, and delays only those that come after it.
        """
        waiting = []
        for item in items:
            if self._is_up(item):
                self.tally.settle(item, Outcome.ACTIVE)
            else:
                waiting.append(item)
        if self._kind.is_alongside:
            self._alongside = {item.name() for item in waiting if self._is_outside(item)}
        self._work(waiting, earlier or {})
        place = {name: index for index, name in enumerate(self._created)}
        self.tally.started.sort(key=lambda item: place.get(item.name(), len(place)))
        return self.tally

    def has_created(self, item: Startable) -> bool:
        """Return whether libvirt started it for this run, whatever became of it then."""
        return item.name() in self._created

    def _work(self, waiting: list[Startable], earlier: Mapping[str, Collection[str]]) -> None:
        """Start objects until none waits, and the starts of all are over."""
        with self._changed:
            while waiting or self._turns:
                self._end_turns()
                open_ones = {turn.name for turn in self._turns} | {item.name() for item in waiting}
                for item in [one for one in waiting if open_ones.isdisjoint(earlier.get(one.name(), ()))]:
                    if self._refuse(item) or self._start_turn(item):
                        waiting.remove(item)
                if self._turns:
                    self._changed.wait(POLL_S)

    def _refuse(self, item: Startable) -> bool:
        """Record the failure of an object that cannot be tried any more."""
        why = STOPPED if self._context.cancelled else "" if self._connection.isAlive() else LOST
        if why:
            self.tally.settle(item, Outcome.FAILED, why)
        return bool(why)

    def _start_turn(self, item: Startable) -> bool:
        """Start an object if there is a slot for it."""
        holds_slot = item.name() not in self._alongside
        if holds_slot and sum(turn.holds_slot for turn in self._turns) >= self._pace.jobs:
            return False
        self._context.extend(self._context.timeout)
        turn = Turn(item, monotonic() + self._patience, holds_slot=holds_slot)
        self._turns.append(turn)
        Thread(target=self._run_turn, args=(turn,), name=f"tierdeps {turn.name}", daemon=True).start()
        return True

    def _end_turns(self) -> None:
        """Finish the starts that are over, and those whose time is over."""
        for turn in list(self._turns):
            if not turn.is_over and (self._context.cancelled or monotonic() >= turn.end):
                turn.is_over = True
                hangs = CUT_OFF if self._context.cancelled else HANGS
                runs = self.has_created(turn.item)
                self.tally.settle(turn.item, Outcome.FAILED, turn.problem or hangs, runs=runs)
            if turn.is_over:
                self._turns.remove(turn)

    # In the object's thread

    def _run_turn(self, turn: Turn) -> None:
        """Start an object, with retries if they may help, and check that it is up and ready."""
        attempt = Attempt("nothing was tried")
        try:
            attempt = self._retry(turn)
            if not attempt.why:
                attempt = Attempt(self._verify(turn) or self._readiness(turn), ours=attempt.ours)
        except BaseException as error:  # noqa: BLE001  passed on to the caller that waits
            attempt = Attempt(f"{type(error).__name__}: {sentence(error)}")
        runs = attempt.ours and self._is_up(turn.item)
        with self._changed:
            if not turn.is_over:
                outcome = Outcome.FAILED if attempt.why else Outcome.STARTED if attempt.ours else Outcome.ACTIVE
                self.tally.settle(turn.item, outcome, attempt.why, runs=runs)
            turn.is_over = True
            self._changed.notify()

    def _retry(self, turn: Turn) -> Attempt:
        """Retry until it is up, or a retry cannot help; each attempt may take libvirt half a minute."""
        pause, insists = FIRST_PAUSE_S, self._is_outside(turn.item)
        for number in count(1):
            attempt = self._create(turn)
            if not attempt.why:
                if attempt.ours:
                    self._created.append(turn.name)
                self._hold_slot(turn)
            self._release_slot(turn)
            why = attempt.why or (self._fault(turn.item) if insists and not self._kind.settles else "")
            if not why or not (attempt.again or (insists and not attempt.why)):
                return Attempt(why, ours=attempt.ours)
            turn.problem = f"{why} (attempts: {number})"
            if number == 1:
                self._context.logger.info("%s %s: not yet, and is tried again: %s", self._kind.noun, turn.name, why)
            self._wait(turn, pause, lambda: False)
            if self._is_over(turn):
                return Attempt(turn.problem)
            pause = min(pause * 2, LONGEST_PAUSE_S)
        raise AssertionError("unreachable")

    def _create(self, turn: Turn) -> Attempt:
        """Request its start; if another program starts it too, either may succeed."""
        try:
            turn.item.create()
        except self._error as error:
            patience = OTHER_START_S if code_of(error) == OPERATION_INVALID and not self._kind.settles else 0.0
            if self._wait(turn, patience, lambda: self._is_up(turn.item)):
                return Attempt(ours=False)
            hopeless = code_of(error) in LASTING or not self._connection.isAlive()
            again = not hopeless and (is_late_device(error) or self._is_outside(turn.item))
            return Attempt(self._message(error), again)
        return Attempt()

    def _hold_slot(self, turn: Turn) -> None:
        """Keep the slot for a while after the start."""
        if turn.holds_slot and self._pace.delay:
            turn.end += self._pace.delay
            self._context.extend(self._pace.delay + self._context.timeout)
            self._wait(turn, self._pace.delay, lambda: False)

    def _release_slot(self, turn: Turn) -> None:
        with self._changed:
            turn.holds_slot = False
            self._changed.notify()

    def _verify(self, turn: Turn) -> str:
        """Wait until it is up, and if it may fail at once, check that it stays up."""
        turn.problem = ""  # that of an earlier attempt
        stays = self._kind.settles
        if stays:
            self._wait(turn, stays, lambda: bool(self._fault(turn.item)))
        else:
            self._wait(turn, turn.end - monotonic(), lambda: _is_solved(turn, self._fault(turn.item)))
        return self._fault(turn.item)

    def _readiness(self, turn: Turn) -> str:
        """Wait until the conditions in its definition hold; return why they do not."""
        ready = self._kind.readiness(turn.item)
        if ready is None:
            return ""
        if ready.timeout is not None:
            turn.end = monotonic() + ready.timeout
            self._context.extend(ready.timeout + RESERVE_S)
        definition = partial(definition_of, turn.item)

        def is_ready() -> bool:
            missing = ready.missing(definition)
            return _is_solved(turn, missing and f"it runs and is not ready: {missing}")

        if not self._wait(turn, turn.end - monotonic(), is_ready):
            return turn.problem or HANGS
        if ready.delay:
            turn.end = max(turn.end, monotonic() + ready.delay + RESERVE_S)
            self._context.extend(ready.delay + self._context.timeout)
            self._wait(turn, ready.delay, lambda: False)
        return self._fault(turn.item)

    def _is_over(self, turn: Turn) -> bool:
        return turn.is_over or self._context.cancelled or monotonic() >= turn.end

    def _wait(self, turn: Turn, seconds: float, until: Callable[[], bool]) -> bool:
        """Wait until a condition holds; return whether it does in time."""
        end = min(monotonic() + seconds, turn.end)
        while not until():
            left = end - monotonic()
            if left <= 0 or self._is_over(turn):
                return False
            sleep(min(POLL_S, left))
        return True

    # What libvirt says

    def _is_up(self, item: Startable) -> bool:
        with suppress(self._error):
            return bool(item.isActive())
        return False

    def _is_outside(self, item: Startable) -> bool:
        with suppress(self._error):
            return self._kind.depends_on_environment(item)
        return False

    def _fault(self, item: Startable) -> str:
        try:
            return self._kind.fault(item)
        except self._error as error:
            return self._message(error)

    def _message(self, error: Exception) -> str:
        """Return libvirt's message; it speaks of the end of a file if the connection was lost."""
        said = sentence(error)
        return said if self._connection.isAlive() else f"the connection to libvirt was lost: {said}"


def _is_solved(turn: Turn, problem: str) -> bool:
    """Record the problem of an object, which is reported if its time ends now; return whether there is none."""
    turn.problem = problem
    return not problem
