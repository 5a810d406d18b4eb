"""The way down: what began is stopped once, tier by tier from the last, each driver after those that need it."""

from __future__ import annotations

import math
from asyncio import CancelledError
from bisect import bisect_left
from functools import partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from tierdeps.errors import DeadlineExceeded, LostError
from tierdeps.executor.losing import fail
from tierdeps.model import Mark, OnCancel, State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from tierdeps.executor.holds import Timer
    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run

#: What a call that is told to hurry still has, in seconds.
GRACE = 1.0
#: How long a stop that was cancelled has to end, before it is said that it goes on, in seconds.
MOMENT = 0.1


class Stopping:
    """The stop of one run or a part of it, until ``final`` on the loop's clock; ``over`` is called once.

    ``part`` are the drivers that are stopped, all of them if it is not given; the rest goes on. Of those to ``spare``
    only the calls that run are ended. From ``final`` on nobody is waited for any more: what is left is stopped at once,
    and has a moment for it.
    """

    def __init__(
        self,
        run: Run,
        final: float,
        over: Callable[[], None],
        part: Collection[Node] | None = None,
        spare: Collection[Node] = (),
    ) -> None:
        self._run = run
        self._over = over
        self._rows = _rows(run, part)
        self._spare = spare
        self._tier = len(self._rows)
        self._open = 0
        self._before: dict[int, int] = {}
        self._followers: dict[int, list[int]] = {}
        self._queue: list[tuple[float, int]] = []
        self._places = math.inf if run.options.jobs is None else run.options.jobs
        self._waits: dict[Node, Timer] = {}
        self._pumping = False
        #: Those whose stop began and is not over.
        self._stopped_now: set[Node] = set()
        self._hurried = run.hurried
        self._final = run.loop.call_at(final, run.guard, None, self.squeeze)
        run.on_left = self._left

    def begin(self) -> None:
        """Cancel what runs, or let it end, then stop the last tier of which anything began, and go on from there."""
        for node in self._all():
            if node.retry is not None:
                node.retry.cancel()
                node.retry = None
            if node.call is not None and (node.planned.policy.on_cancel is OnCancel.CANCEL or not node.begun):
                cut_short(self._run, node)
        if self._hurried:
            self.hurry()
        self._pump()

    def by(self, final: float) -> None:
        """Be over earlier, where that is earlier."""
        if final < self._final.when() and not self._final.cancelled():
            self._final.cancel()
            self._final = self._run.loop.call_at(final, self._run.guard, None, self.squeeze)

    def _all(self) -> Iterator[Node]:
        return (self._run.nodes[place] for row in self._rows for place in row)

    def _pump(self) -> None:
        if self._pumping:
            return
        self._pumping = True
        while self._open or self._next_tier():
            if not self._queue or self._places <= 0:
                self._pumping = False
                return
            node = self._run.nodes[heappop(self._queue)[1]]
            self._run.guard(node, self._stop, node)
        self._pumping = False
        if self._tier == 0:
            self._tier = -1
            self._final.cancel()
            self._run.guard(None, self._over)

    def _next_tier(self) -> bool:
        """Turn to the tier before; in it, to what nobody needs any more."""
        nodes = self._run.nodes
        while self._tier > 0:
            self._tier -= 1
            row = self._rows[self._tier]
            if any(nodes[place].begun or nodes[place].call or nodes[place].left for place in row):
                self._open = len(row)
                self._link(row)
                return True
        return False

    def _link(self, row: Sequence[int]) -> None:
        """Work out who stops before whom.

        Drivers that need each other share a stage, and nobody else in it needs anybody: there the order in which they
        became ready decides, turned around.
        """
        nodes, place = self._run.nodes, self._run.blueprint.place
        pairs: set[tuple[int, int]] = set()
        self._before = dict.fromkeys(row, 0)
        for node in map(nodes.__getitem__, row):
            for waits in node.planned.waits:
                for wait in waits:
                    other = nodes[place[wait.step.driver]]
                    if other.place not in self._before or other is node:
                        continue
                    ahead = node.planned.stage > other.planned.stage or (
                        node.planned.stage == other.planned.stage
                        and (node.rank, node.place) > (other.rank, other.place)
                    )
                    pairs.add((node.place, other.place) if ahead else (other.place, node.place))
        self._followers = {}
        for first, then in pairs:
            self._before[then] += 1
            self._followers.setdefault(first, []).append(then)
        for number, count in self._before.items():
            if not count:
                self._enqueue(number)

    def _enqueue(self, place: int) -> None:
        heappush(self._queue, (-self._run.nodes[place].rank, place))

    def _stop(self, node: Node) -> None:
        self._places -= 1
        if node.call is None and node.left is None:
            self._settled(node)
            return
        node.on_idle = self._idle
        if node.call is None:
            self._wait(node)

    def _wait(self, node: Node) -> None:
        """Wait for a call that was told to end; in the end, without it."""
        seconds = self._timeout(node)
        self._waits[node] = self._run.later(seconds, node, partial(self._left_behind, node, seconds))

    def _left_behind(self, node: Node, seconds: float) -> None:
        node.on_idle = None
        del self._waits[node]
        self._name_straggler(node, seconds)
        self._settled(node)
        self._pump()

    def _idle(self, node: Node) -> None:
        if node in self._waits:
            self._waits.pop(node).cancel()
        self._settled(node)
        self._pump()

    def _left(self, node: Node) -> None:
        """Take note that a phase that was waited for was given up: it now has as long as a stop has."""
        if node.on_idle is not None and node not in self._waits and not node.undone:
            self._wait(node)

    def _timeout(self, node: Node) -> float:
        return GRACE if self._hurried else node.planned.policy.stop_timeout or self._run.options.stop_timeout

    def _settled(self, node: Node) -> None:
        """Nothing of a driver's start goes on: stop it, where anything of it began."""
        if node.start_state is State.STARTING and not node.reason:
            node.reason = f"the stop came before {node.phase}"
        if not node.begun or node.undone or node in self._spare:
            self._done(node)
            return
        self._run.move(node, State.STOPPING, of_stop=True)
        node.undone = node.stopped = True
        self._stopped_now.add(node)
        self._call(node, "stop", self._stopped)

    def _call(self, node: Node, verb: str, then: Callable[[Node, Any, BaseException | None], None]) -> None:
        self._run.call(node, verb, self._timeout(node), then)

    def _stopped(self, node: Node, result: Any, error: BaseException | None) -> None:
        del result
        if isinstance(error, LostError):  # it was stopped all right; that it had to be up until then is what failed
            fail(self._run, node, self._run.explain(node, error))
            error = None
        self._gather(node, error, self._clean_up)

    def _clean_up(self, node: Node) -> None:
        self._call(node, "cleanup", self._cleaned)

    def _cleaned(self, node: Node, result: Any, error: BaseException | None) -> None:
        del result
        self._gather(node, error, self._end)

    def _end(self, node: Node) -> None:
        if node.stop_error:
            node.stopped = False
            self._run.move(node, State.FAILED, node.stop_error, of_stop=True)
        else:
            self._run.move(node, State.STOPPED, of_stop=True)
        self._done(node)
        self._pump()

    def _gather(self, node: Node, error: BaseException | None, then: Callable[[Node], None]) -> None:
        """Keep what went wrong in stopping, and go on: it stops nobody from being stopped."""
        error = node.fault(error)
        if error is not None:
            text = self._run.explain(node, error)
            node.stop_error = f"{node.stop_error}; {text}" if node.stop_error else text
        if isinstance(error, DeadlineExceeded) and node.left is not None:
            self._await_end(node, error.seconds, then)
        else:
            then(node)

    def _await_end(self, node: Node, seconds: float, then: Callable[[Node], None]) -> None:
        """Wait a moment for a stop that was cancelled: most end then, and those that do not are named."""

        def ended(node: Node) -> None:
            late.cancel()
            then(node)

        def goes_on() -> None:
            node.on_idle = None
            self._name_straggler(node, seconds)
            then(node)

        node.on_idle = ended
        late = self._run.later(MOMENT, node, goes_on)

    def _name_straggler(self, node: Node, seconds: float) -> None:
        if node.left is not None:
            node.stragglers = (*node.stragglers, f"{node.left} still went on {seconds:g} s after it was told to end")

    def fail(self, node: Node, reason: str) -> None:
        """Go on without a driver whose stop cannot be seen to, for a reason that nobody foresaw."""
        if node in self._stopped_now:
            node.stop_error = f"{node.stop_error}; {reason}" if node.stop_error else reason
            self._end(node)

    def _done(self, node: Node) -> None:
        self._stopped_now.discard(node)
        self._places += 1
        self._open -= 1
        for follower in self._followers.get(node.place, ()):
            self._before[follower] -= 1
            if not self._before[follower]:
                self._enqueue(follower)

    def hurry(self) -> None:
        """Wait no longer than a moment for anything."""
        run = self._run
        self._hurried = True
        for node in list(self._waits):
            self._waits.pop(node).cancel()
            self._wait(node)
        for node in self._all():
            if node.call is not None and node.call.verb not in ("stop", "cleanup"):
                cut_short(run, node)
        run.watch.shorten(GRACE)

    def squeeze(self) -> None:
        """Time is over: whatever was not stopped yet is stopped at once, in no order."""
        run = self._run
        left = (node for node in self._all() if node.begun and not node.undone and node not in self._spare)
        names = ", ".join(node.name for node in left)
        if names:
            text = f"the stop ran out of time; stopped at once, in no order: {names}"
            run.problem = f"{run.problem}; {text}" if run.problem else text
        self.hurry()
        self._places = math.inf
        earlier = [place for row in self._rows[: self._tier] for place in row]
        self._tier = 0
        self._open += len(earlier)
        self._before.update(dict.fromkeys(earlier, 1))
        for place in [place for place, count in self._before.items() if count > 0]:
            self._before[place] = 0
            self._enqueue(place)
        self._pump()


def _rows(run: Run, part: Collection[Node] | None) -> list[Sequence[int]]:
    """Return the places of the drivers of each tier, as far as they are of a part."""
    tiers = run.blueprint.tiers
    if part is None:
        return [range(begin, end) for _, begin, end in tiers]
    places = sorted(node.place for node in part)
    return [places[bisect_left(places, begin) : bisect_left(places, end)] for _, begin, end in tiers]


def cut_short(run: Run, node: Node) -> None:
    """Cancel what runs of a driver's start; that is no failure of its own."""
    call = node.call
    if call is None:
        return

    def cut(node: Node, result: Any, error: BaseException | None) -> None:
        del result, error
        if node.start_state is not State.FAILED:
            node.reason = f"{call.verb} was cut short by the stop"
        if node.start_state is State.STARTING:
            node.seconds += node.last_took
            run.tell(node, node.start_state, call.verb, Mark.CANCELLED, node.reason)
            if not node.begun:
                run.move(node, State.PENDING, f"the stop came before {call.verb} could do anything")

    call.then = cut
    run.give_up(call, CancelledError())
