"""What starting and stopping share: the drivers, the calls that run, and who is told."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from itertools import count
from random import Random
from time import monotonic
from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import Value, field
from tierdeps.engines import PlanFollower
from tierdeps.errors import DeadlineExceeded, LoopBlocked, TierdepsError
from tierdeps.executor.calls import Call, Watch
from tierdeps.executor.holds import Holds, Timer
from tierdeps.executor.lookup import look_up
from tierdeps.executor.node import Node
from tierdeps.executor.telling import describe, tame
from tierdeps.executor.tracebacks import driver_traceback
from tierdeps.lifecycle import Context, Lifecycle, method_name
from tierdeps.model import Event, Mark, OnFailure, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tierdeps.engines import Handle, Worker
    from tierdeps.executor.blueprint import Blueprint
    from tierdeps.executor.calls import Then
    from tierdeps.executor.telling import Audience
    from tierdeps.settings import Settings

#: Makes a value of a named tuple as its own class does, in half the time.
NEW = tuple.__new__


class Options(Value):
    """How a run is to go; times in seconds."""

    on_failure: OnFailure = OnFailure.ABORT
    jobs: int | None = None
    timeout: float = 90.0
    stop_timeout: float = 30.0
    deadline: float = 1800.0
    durations: Mapping[str, float] = field(default_factory=dict)
    seed: int | None = None
    #: Drivers that an earlier run had begun when it was killed.
    crashed: frozenset[str] = frozenset()
    #: Whether a run that brings nothing up may succeed.
    allow_empty: bool = False


class Run:
    """One run of one plan on the loop that runs now."""

    def __init__(
        self, blueprint: Blueprint, options: Options, worker: Worker, settings: Settings, audience: Audience
    ) -> None:
        self.blueprint = blueprint
        self.options = options
        self.worker = worker
        self.audience = audience
        self.loop = asyncio.get_running_loop()
        self.began_at = self.loop.time()
        self.random = Random(options.seed)  # noqa: S311  jitter is no secret
        self.nodes = list(map(Node, count(), blueprint.planned))
        #: By a driver's place, whether there is more to report than that it came up without ever having to wait.
        self.notable = bytearray(b"\1") * len(self.nodes)
        self.watch = Watch(self.loop, self._expired)
        self.holds = Holds()
        self.problem = ""
        # Looked up once: each is asked for in every call.
        self.clock = monotonic if type(self.loop).time is asyncio.BaseEventLoop.time else self.loop.time
        self.settings = settings
        #: True from the moment a stop is asked for: no step begins any more.
        self.halted = False
        self.hurried = False
        #: The run that goes on with some of these drivers, once a reload came.
        self.heir: Run | None = None
        #: Told of each driver of which a call was given up and goes on.
        self.on_left: Callable[[Node], None] | None = None
        #: Told of each driver that says that it works no more, and why.
        self.on_lost: Callable[[Node, str], None] | None = None
        #: Told of each exception that nobody foresaw, and of the driver that it belongs to, if it does to one.
        self.on_broken: Callable[[BaseException, Node | None], None] | None = None
        #: Called when a driver held the event loop for long: what is due by now could not be seen to.
        self.on_held: Callable[[], None] | None = None
        if isinstance(worker, PlanFollower):
            worker.follow(blueprint.plan, options.stop_timeout)

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return self.loop.time() - self.began_at

    def node(self, driver: str) -> Node:
        """Return where a driver stands."""
        return self.nodes[self.blueprint.place[driver]]

    def timeout(self, node: Node) -> float:
        """Return how long each phase of a driver may take, in seconds."""
        return node.planned.policy.timeout or self.options.timeout

    def tell(
        self, node: Node, state: State, phase: str | None = None, mark: Mark | None = None, reason: str = ""
    ) -> None:
        """Tell the reporters, if there are any."""
        if self.audience.listens:
            at = self.clock() - self.began_at
            self.audience.event(NEW(Event, (at, node.planned.name, state, phase, mark, reason)))

    def explain(self, node: Node, error: BaseException) -> str:
        """Return what a call of a driver failed with, in words; tell and keep where it was raised."""
        error = tame(error)
        text = driver_traceback(error)
        if text:
            self._touch(node)
            node.traceback = f"{node.traceback}\n\n{text}" if node.traceback else text
            self.audience.raised(node.planned.name, text)
        return describe(error)

    def move(self, node: Node, state: State, reason: str = "", *, of_stop: bool = False) -> None:
        """Bring a driver to another state, and emit the event; ``of_stop`` as ``Node.move`` has it."""
        self._touch(node)
        node.move(state, reason, self.tell if self.audience.listens else None, of_stop=of_stop)

    def _touch(self, node: Node) -> None:
        """Take note that something more happens to a driver."""
        if self.has(node):
            self.notable[node.place] = 1

    def fetch(self, node: Node, seconds: float, then: Then) -> None:
        """Have a driver's life cycle imported."""
        call = node.call = Call(self, node, "import", self.loop.time(), seconds, then)
        try:
            handle = self.worker.fetch(node.planned, call)
        except BaseException as error:  # noqa: BLE001  somebody else's engine
            self._blame(call, error)
        else:
            self._follow(call, handle)

    def call(self, node: Node, verb: str, seconds: float, then: Then) -> None:
        """Have a method called; ``then`` is told what it came to, perhaps before this returns."""
        self._touch(node)
        lifecycle = node.lifecycle
        if lifecycle is None:
            node.last_took = 0.0
            then(node, None, None)
            return
        name = node.planned.name
        now = self.clock()
        call = node.call = Call(self, node, verb, now, seconds, then)
        context = call.context = Context(name, verb, self.settings.of(name), seconds, now + seconds, self)
        try:
            handle = self.worker.call(lifecycle, method_name(verb), context, call)
        except BaseException as error:  # noqa: BLE001  somebody else's engine
            self._blame(call, error)
        else:
            self._follow(call, handle)

    def _follow(self, call: Call, handle: Handle | None) -> None:
        """Keep an eye on a call, where it goes on."""
        if not call.over:
            call.handle = handle
            self.watch.add(call)
        elif handle is not None and call.node.left is call:
            handle.give_up()

    def _blame(self, call: Call, error: BaseException) -> None:
        if not call.over:
            call(None, error)

    def give_up(self, call: Call, error: BaseException) -> None:
        """Wait no longer for a call: tell it to end, and go on as if it had raised this."""
        node = call.node
        call.over = True
        if call.handle is not None:
            self.watch.remove(call)
        node.call = None
        node.left = call
        node.last_took = self.loop.time() - call.began_at
        if call.context is not None:
            call.context.cancelled = True
        never_began = call.handle is not None and call.handle.give_up()
        if never_began and call.verb == node.phase and node.attempt == 1 and not node.timings:
            node.begun = False
        call.then(node, None, error)
        if self.on_left is not None and node.left is call:
            self.on_left(node)

    def _expired(self, call: Call) -> None:
        self.guard(call.node, self.give_up, call, DeadlineExceeded(str(call), call.seconds))

    def later(self, seconds: float, node: Node, then: Callable[[], None]) -> Timer:
        """Call something later for a driver; the seconds for which one blocks the loop meanwhile are not counted."""
        return Timer(self.loop, self.holds, seconds, partial(self.guard, node, then))

    def held(self, context: Context, seconds: float, *, ended: bool) -> None:
        """Charge a long step to the call that took it, and to no other one.

        One that goes beyond its deadline fails its call: now, or where it ended with it, when that is told.
        """
        self.guard(self.node(context.driver), self._charge, context, seconds, ended)

    def _charge(self, context: Context, seconds: float, ended: bool) -> None:
        node = self.node(context.driver)
        call = next((call for call in (node.call, node.left) if call is not None and call.context is context), None)
        self.blocked(call, seconds)
        if call is not None:
            call.held += seconds
        now = self.clock()
        if call is None or call.over or now <= call.deadline:
            self.holds.note(f"{context.driver}:{context.phase}", seconds)
            return
        by_itself = now - seconds <= call.deadline
        if not by_itself:
            self.holds.note(f"{context.driver}:{context.phase}", seconds)
        if ended:
            call.late, call.blocked = True, seconds if by_itself else 0.0
        elif by_itself:
            self.give_up(call, LoopBlocked(str(call), call.seconds, seconds))

    def blocked(self, call: Call | None, seconds: float) -> None:
        """Do not charge others for the seconds for which something blocked the event loop."""
        self.watched.spare(call, seconds)
        self.holds.seconds += seconds
        if self.on_held is not None:
            self.on_held()

    def late(self, call: Call, error: BaseException | None) -> BaseException:
        """Return what a call failed with that ended beyond its deadline: an error of its own says more."""
        if error is None and not call.blocked:
            return DeadlineExceeded(str(call), call.seconds)
        if error is None:
            return LoopBlocked(str(call), call.seconds, call.blocked)
        self.holds.note(str(call), call.blocked)
        return error

    def idle(self, node: Node) -> None:
        """Go on with what waits for a driver's running call to end."""
        if node.on_idle is not None and node.call is None and node.left is None:
            waiting, node.on_idle = node.on_idle, None
            waiting(node)

    def look_up(self, driver: str, phase: str, name: str) -> Lifecycle | None:
        """Answer ``context.get``; what is not declared fails the phase, even where the life cycle hides the error."""
        node = self.node(driver)
        try:
            return look_up(self._latest(node), node, phase, name)
        except TierdepsError as error:
            node.undeclared = error
            raise

    def facts(self, driver: str) -> Mapping[str, bool]:
        """Answer ``context.facts``."""
        return self._latest(self.node(driver)).blueprint.plan.facts

    def has(self, node: Node) -> bool:
        """Tell whether a driver is still of this run."""
        return node.place < len(self.nodes) and self.nodes[node.place] is node

    @property
    def watched(self) -> Watch:
        """The watch over all calls that run now."""
        run = self
        while run.heir is not None:
            run = run.heir
        return run.watch

    def _latest(self, node: Node) -> Run:
        """Return the last run that a driver is of."""
        latest = run = self
        while run.heir is not None:
            run = run.heir
            latest = run if run.has(node) else latest
        return latest

    def lost(self, driver: str, reason: str) -> None:
        """Take ``context.lost`` to the loop, from whatever thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody runs the driver any more
            self.loop.call_soon_threadsafe(self.guard, self.node(driver), self._lost, self.node(driver), reason)

    def _lost(self, node: Node, reason: str) -> None:
        if self.on_lost is not None:
            self.on_lost(node, reason)

    def failed(self, driver: str, error: BaseException) -> None:
        """Take ``context.failed`` to the loop, from whatever thread."""
        with suppress(RuntimeError):  # as above
            self.loop.call_soon_threadsafe(self.broke, error, self.node(driver))

    def broke(self, error: BaseException, node: Node | None = None) -> None:
        """Fail a driver because of an exception that came in something of ours which was done for it.

        Where it belongs to no driver, or the driver cannot be failed, the run ends.
        """
        if isinstance(error, KeyboardInterrupt):
            raise error
        if self.on_broken is not None:
            self.on_broken(error, node)
        else:  # all is over: for who owns the loop
            self.loop.call_exception_handler({"message": "tierdeps: an unexpected exception", "exception": error})

    def guard(self, node: Node | None, then: Callable[..., object], *arguments: Any) -> None:
        """Call something of ours from the loop, and let nothing that it raises go by."""
        try:
            then(*arguments)
        except BaseException as error:  # noqa: BLE001  told, not swallowed
            self.broke(error, node)

    def restarts(self, driver: str, reason: str | None) -> None:
        """Take ``context.restarting`` and ``context.restarted`` to the loop, from whatever thread."""
        with suppress(RuntimeError):  # as above
            self.loop.call_soon_threadsafe(self.guard, self.node(driver), self._restarts, self.node(driver), reason)

    def _restarts(self, node: Node, reason: str | None) -> None:
        """Tell so of a driver that is up; what stops, or is lost, is told of as that."""
        if node.start_state is State.READY and not node.undone:
            mark, told = (Mark.DONE, "ready again") if reason is None else (Mark.RETRIED, reason)
            self._latest(node).tell(node, State.READY, node.phase, mark, told)
