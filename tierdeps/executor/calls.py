"""Calls of life cycles, and the watch over their deadlines."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

from tierdeps.executor.telling import kind_of, tame

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle
    from collections.abc import Callable

    from tierdeps.engines import Handle
    from tierdeps.errors import WrongResult
    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run
    from tierdeps.lifecycle import Context

    Then = Callable[[Node, Any, BaseException | None], None]


def wrong_result(driver: str, verb: str, result: Any) -> WrongResult | None:
    """Return the error that a call ended in whose method returned what it must not."""
    from tierdeps.conformance.results import problem_of
    from tierdeps.errors import WrongResult

    try:
        problem = problem_of(verb, result)
    except BaseException as error:  # noqa: BLE001  plugin code: what it returned raises even where it is looked at
        problem = f"{verb} returned something that raises {kind_of(error)} when it is looked at"
    return WrongResult(driver, verb, problem) if problem else None


def plain(result: Any) -> Any:
    """Return a result as a value without methods of its own: a subclass of str may raise when it is looked at."""
    return str.__str__(result) if type(result) is not bool and isinstance(result, str) else result


def returns_nothing(ended: BaseException | None) -> bool:
    """Return whether a coroutine came to its end and returned None, as phases do."""
    return type(ended) is StopIteration and ended.value is None


def result_error(driver: str, verb: str, ended: BaseException | None) -> BaseException | None:
    """Return the error that a coroutine ended in: what it raised, or what it must not return."""
    if type(ended) is not StopIteration:
        return None if ended is None else tame(ended)
    return None if ended.value is None else wrong_result(driver, verb, ended.value)


def in_words(verb: str, error: BaseException, reason: str) -> str:
    """Return what went wrong in a call of a verb; what it must not return names the verb itself."""
    from tierdeps.errors import WrongResult

    return reason if isinstance(tame(error), WrongResult) else f"{verb}: {reason}"


class Call:
    """One call of one method; over when it ended, or when nobody waits for it any more."""

    __slots__ = (
        "began_at", "blocked", "context", "handle", "held", "late", "node", "over", "run", "seconds", "spared", "then",
        "verb",
    )  # fmt: skip

    def __init__(  # noqa: PLR0917  made for every call of a run, where keywords are felt
        self, run: Run, node: Node, verb: str, began_at: float, seconds: float, then: Then
    ) -> None:
        self.run = run
        self.node = node
        self.verb = verb
        self.began_at = began_at
        self.seconds = seconds
        self.then = then
        self.over = False
        #: Seconds that are not counted: others blocked the event loop, or it had run before its time was shortened.
        self.spared = 0.0
        #: The seconds of its long steps.
        self.held = 0.0
        #: The seconds for which its last step blocked the event loop, where that went beyond its deadline.
        self.blocked = 0.0
        #: Whether its last step ended beyond its deadline.
        self.late = False
        self.handle: Handle | None = None
        self.context: Context | None = None

    def follow(self, handle: Handle | None, context: Context) -> None:
        """Keep an eye on it: it goes on."""
        self.handle = handle
        self.context = context
        self.run.watch.add(self)

    @property
    def deadline(self) -> float:
        """When its time is over."""
        return self.began_at + self.seconds + self.spared

    def __call__(self, result: Any, error: BaseException | None) -> None:
        """Take what the engine tells; it may come long after the call was given up."""
        self.run.guard(self.node, self._end, result, error)

    def _end(self, result: Any, error: BaseException | None) -> None:
        node = self.node
        if self.over:
            if node.left is self:
                node.left = None
                self.run.idle(node)
            return
        self.over = True
        node.last_took = self.held
        if self.handle is not None:
            self.run.watch.remove(self)
            node.last_took = self.run.loop.time() - self.began_at
        node.call = None
        if result is not None and error is None and self.context is not None:
            error = wrong_result(node.name, self.verb, result)
            result = plain(result)
        if error is not None:
            error = tame(error)
        if self.late:
            error = self.run.late(self, error)
        self.then(node, result, error)

    def __str__(self) -> str:
        return f"{self.node.name}:{self.verb}"


class Watch:
    """The deadlines of all calls that run.

    Calls of one length end in the order in which they began, so each length needs no more than one timer of the loop:
    a timer for each call would cost as much as the rest of the call.
    """

    def __init__(self, loop: AbstractEventLoop, expired: Callable[[Call], None]) -> None:
        self._loop = loop
        self._expired = expired
        self._lanes: dict[float, dict[Call, None]] = {}
        self._timers: dict[float, TimerHandle] = {}

    def add(self, call: Call) -> None:
        """Watch a call that began just now."""
        seconds = call.seconds
        lane = self._lanes.get(seconds)
        if lane is None:
            lane = self._lanes[seconds] = {}
        lane[call] = None
        if seconds not in self._timers:
            self._timers[seconds] = self._loop.call_at(call.deadline, self._look, seconds)

    def remove(self, call: Call) -> None:
        """Stop watching a call, if it was watched."""
        self._lanes[call.seconds].pop(call, None)

    def spare(self, culprit: Call | None, seconds: float) -> None:
        """Give all calls but one the seconds back for which that one blocked the loop."""
        for length, lane in self._lanes.items():
            for call in lane:
                if call is not culprit:
                    call.spared += seconds
                    if call.context is not None:
                        call.context.deadline = call.deadline
            in_order = sorted(lane, key=lambda call: call.deadline)  # the culprit's is now earlier than it was
            lane.clear()
            lane.update(dict.fromkeys(in_order))
            if length in self._timers:
                self._timers.pop(length).cancel()
                if in_order:
                    self._timers[length] = self._loop.call_at(in_order[0].deadline, self._look, length)

    def shorten(self, seconds: float) -> None:
        """Give every call that is watched no more than so long from now; its context tells so."""
        latest = self._loop.time() + seconds
        for lane in list(self._lanes.values()):
            for call in list(lane):
                if call.deadline > latest and call.seconds != seconds:
                    self.remove(call)
                    call.seconds, call.spared = seconds, latest - seconds - call.began_at
                    if call.context is not None:
                        call.context.deadline = latest
                    self.add(call)

    def close(self) -> None:
        """Take the timers back."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _look(self, seconds: float) -> None:
        """Tell of the calls whose time is over; those behind them began later.

        The timer counts as set until all are told: a call that begins meanwhile must not set it beyond those before it.
        """
        lane, now = self._lanes[seconds], self._loop.time()
        expired = list(takewhile(lambda call: call.deadline <= now, lane))
        for call in expired:
            lane.pop(call, None)
            if not call.over:  # what is told of one may end others
                self._expired(call)
        timer = self._timers.pop(seconds, None)
        if timer is not None:
            timer.cancel()  # another one, where what was told of an expiry blocked the loop itself
            if lane:
                call = next(iter(lane))
                self._timers[seconds] = self._loop.call_at(call.deadline, self._look, seconds)
