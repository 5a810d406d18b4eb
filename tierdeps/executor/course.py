"""What goes on in a run, one thing after another: a start, stops of parts of it, and at last the stop of all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tierdeps.executor.losing import forsake, lose_while_stopping
from tierdeps.executor.stopping import Stopping
from tierdeps.executor.telling import describe
from tierdeps.executor.waiting import running
from tierdeps.model import OnFailure, State

if TYPE_CHECKING:
    from asyncio import TimerHandle
    from collections.abc import Callable, Collection

    from tierdeps.executor.enduring import Enduring
    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run

    Then = Callable[[], None]


#: After so many unexpected exceptions, nothing is waited for any more.
CRASHES = 3


class Course:
    """The course of one run; ``over`` is called once, when all is stopped.

    A driver may be lost and a stop may be asked for at any moment; what goes on is then ended in order first.
    """

    def __init__(self, run: Run, over: Then) -> None:
        #: What runs now: a reload puts another one in its place.
        self.run = run
        #: Whether something goes on that another thing would have to wait for.
        self.busy = True
        #: Called once, each, as soon as nothing goes on.
        self.on_quiet: list[Callable[[], object]] = []
        #: Whether all was up once.
        self.started = False
        #: The exceptions that belong to no driver; the first of them ends the run.
        self.crashes: list[BaseException] = []
        #: Whether all is to be stopped.
        self.ending = False
        self._over = over
        self._starting: Enduring | None = None
        #: What a start that was ended brought up; it is being taken back.
        self._given_up: Collection[Node] = ()
        self._too_long: TimerHandle | None = None
        self._part: Stopping | None = None
        self._stopping: Stopping | None = None
        self._lost: list[Node] = []
        self.take(run)

    def take(self, run: Run) -> None:
        """Go on with a run."""
        self.run = run
        run.on_lost = self._on_lost
        run.on_held = self._check_time
        run.on_broken = self._on_broken

    # Up

    def bring_up(self, starting: Enduring, then: Then, failed: Then) -> None:
        """Start what is to be started; a failure that ends it is told instead of its end."""
        self._starting, self._then, self._failed = starting, then, failed
        self._given_up = ()
        self._too_long = self.run.loop.call_later(self.run.options.deadline, self.run.guard, None, self._out_of_time)
        starting.begin()

    def brought_up(self) -> None:
        """Go on after a start: nothing more will begin, and nothing runs."""
        self._check_time()
        if self.run.halted:
            return
        self._settle_down()
        self._then()

    def _settle_down(self) -> None:
        self._starting = None
        if self._too_long is not None:
            self._too_long.cancel()
            self._too_long = None

    def halt(self, reason: str = "") -> None:
        """End what is being started, for a reason that the report tells."""
        del reason
        if not self.run.halted:
            self.run.halted = True
            self._given_up = self._starting.own if self._starting is not None else ()
            self._settle_down()
            self._failed()

    def _check_time(self) -> None:
        """End a start whose time is over, where the event loop was blocked and its timer did not say so."""
        if self._too_long is not None and self.run.loop.time() > self._too_long.when():
            self._out_of_time()

    def _out_of_time(self) -> None:
        run = self.run
        if not run.halted:
            calls = running(run)
            run.problem = f"the start did not end within {run.options.deadline:g} s" + (f": {calls}" if calls else "")
            self.halt()

    # What is lost

    def _on_lost(self, node: Node, reason: str) -> None:
        """Take note that a driver works no more, and do what its policy says."""
        run = self.run
        if node.undone or self._is_over or not run.has(node):
            return
        policy = node.policy(run.options.on_failure)
        if self.ending:
            lose_while_stopping(run, node, reason)
        elif node.start_state is State.STARTING and self._starting is not None:
            node.reason = reason
            with self._starting.held():
                if policy is OnFailure.ISOLATE:
                    self._forsake(node)
                self._starting.lose(node, reason)
        elif node.start_state in (State.READY, State.ADOPTED):
            node.ignored = policy is OnFailure.IGNORE
            run.move(node, State.FAILED, reason)
            self._lose(node, policy)

    def _lose(self, node: Node, policy: OnFailure) -> None:
        if policy is OnFailure.ISOLATE:
            self._forsake(node)
            if not self.busy:
                self.settle(lambda: None)
        elif policy is OnFailure.ABORT and self._starting is not None and node in self._starting.own:
            self.halt()
        elif policy is OnFailure.ABORT and node not in self._given_up:
            self.end()

    def _forsake(self, node: Node) -> None:
        """Block what requires a lost driver; both are stopped as soon as nothing else goes on."""
        self._lost.append(node)
        forsake(self.run, node, self._starting)

    def settle(self, then: Then) -> None:
        """Stop what was lost and what requires it, before anything else goes on."""
        self.busy = True
        lost, self._lost = [node for node in self._lost if not node.undone], []
        if lost:
            part = {node for one in lost for node in (one, *forsake(self.run, one, None))}
            self.stop_part(part, partial(self.settle, then))
            return
        self.busy = False
        then()
        told, self.on_quiet = self.on_quiet, []
        for tell in told:
            tell()

    # What nobody foresaw

    def _on_broken(self, error: BaseException, node: Node | None) -> None:
        """Fail the driver that an unexpected exception belongs to; without one, or where that raises too, end all."""
        if node is None:
            self.crash(error)
            return
        try:
            self._fail(node, self.run.explain(node, error))
        except BaseException as raised:  # noqa: BLE001  told, not swallowed
            self.crash(raised)

    def _fail(self, node: Node, reason: str) -> None:
        stopping, starting = self._stopping or self._part, self._starting
        if node.undone and stopping is not None:
            stopping.fail(node, reason)
        elif starting is not None and not self.ending and node.start_state in (State.PENDING, State.STARTING):
            starting.fail(node, reason)
        else:
            self._on_lost(node, reason)

    def crash(self, error: BaseException, *, stuck: bool = True) -> None:
        """End the run in order because of an exception that belongs to no driver.

        Where it is ending already and may be ``stuck`` by it, nothing is waited for in order any more.
        """
        run = self.run
        self.crashes.append(error)
        text = f"an error of tierdeps itself ended the run: {describe(error)}"
        run.problem = f"{run.problem}; {text}" if run.problem else text
        if not self.ending:
            self.end()
        elif not stuck:
            return
        elif self._stopping is not None and len(self.crashes) <= CRASHES:
            run.loop.call_soon(run.guard, None, self._stopping.squeeze)
        elif not self._is_over:
            self._ended()

    # Down

    def stop_part(self, part: Collection[Node], then: Then, spare: Collection[Node] = ()) -> None:
        """Stop some drivers and nothing else; of those to ``spare`` only end what is being called."""

        def over() -> None:
            self._part = None
            if self.ending:
                self._stop_all()
            else:
                then()

        final = self.run.loop.time() + self.run.options.deadline
        self._part = Stopping(self.run, final, over, part, spare)
        self._part.begin()

    def end(self) -> None:
        """Let no step begin any more, and stop all."""
        if self.ending:
            return
        run = self.run
        self.ending = self.busy = run.halted = True
        deadline, least = run.options.deadline, run.options.stop_timeout
        self._final = run.loop.time() + (deadline if self.started else max(deadline - run.now, least))
        self._settle_down()
        run.loop.call_soon(run.guard, None, self._turn)

    def _turn(self) -> None:
        if self._part is None:
            self._stop_all()
        else:
            self._part.by(self._final)

    def _stop_all(self) -> None:
        if self._stopping is None:
            self._stopping = Stopping(self.run, self._final, self._ended)
            self._stopping.begin()

    def _ended(self) -> None:
        self.close()
        self._over()

    def hurry(self) -> None:
        """Wait no more than a moment for each thing that is being stopped."""
        if self._is_over:
            return
        self.run.hurried = True
        for stopping in (self._part, self._stopping):
            if stopping is not None:
                stopping.hurry()

    def close(self) -> None:
        """Let go of everything."""
        self._settle_down()
        self.run.on_lost = self.run.on_held = self.run.on_broken = None
        self.run.watch.close()
        self.run.guard(None, self.run.worker.close)

    @property
    def _is_over(self) -> bool:
        return self.run.on_lost is None
