"""The way up: tier by tier, and inside a tier each step as soon as what it needs is done."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from tierdeps._util.seconds import doubled
from tierdeps.carriers import LONG_STEP, Carried, Carriers
from tierdeps.errors import LifecycleError, TierdepsError, UndeclaredDependency
from tierdeps.executor.barrier import Barrier
from tierdeps.executor.blocked import Blocks
from tierdeps.executor.calls import Call, result_error, returns_nothing
from tierdeps.executor.preparing import Preparing
from tierdeps.executor.swift import methods_of
from tierdeps.executor.telling import tame
from tierdeps.lifecycle import Context
from tierdeps.model import Mark, OnFailure, State

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tierdeps.carriers import Row
    from tierdeps.executor.calls import Then
    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run

    Ended = BaseException | Carried | None

#: A pause between attempts is never longer, in seconds.
LONGEST_PAUSE = 60.0
#: Looked up once for all drivers.
STARTING, READY, BEGUN, DONE = State.STARTING, State.READY, Mark.BEGUN, Mark.DONE


class Starting:
    """The start of one run: all is done in callbacks, one at a time, on the loop.

    ``over`` is called once: when nothing more will begin, and nothing runs. A halt ends it without that call.
    """

    def __init__(self, run: Run, over: Callable[[], None], halt: Callable[[str], None]) -> None:
        self._run = run
        self._plan = run.blueprint
        self._nodes = run.nodes
        self._over = over
        self._halt = halt
        self._missing = self._plan.missing.copy()
        self._resolved = bytearray(len(self._missing))
        self._blocks = Blocks(run, self._resolved)
        self._blocked = self._blocks.steps
        #: The steps whose turn has come; those that need no more than a method to be awaited are taken by carriers.
        self._due: deque[int] = deque()
        self._swift: deque[int] = deque()
        self._methods = methods_of(run)
        self._carriers = Carriers(run.loop, self._row(), self._swift)
        #: The steps that wait for a place under the limit, the longest way first.
        self._queue: list[tuple[float, int]] = []
        jobs = run.options.jobs
        self._rest = self._plan.remaining(run.options.durations) if jobs is not None else []
        self._places = float("inf") if jobs is None else jobs
        self._pumping = False
        self._ranks = 0
        self._barrier = Barrier(run, self._release)
        self._preparing = Preparing(run, self._begin_phase, self._failed, self._pass)
        # Bound once, and not anew for each driver.
        self._on_phase: Then = self._phase_ended

    def begin(self) -> None:
        """Open the first tier."""
        self._pump()

    def _release(self, step: int) -> None:
        self._missing[step] -= 1
        if not self._missing[step]:
            (self._swift if self._methods[step] else self._due).append(step)

    def _pump(self) -> None:
        """Begin what can begin. Whatever is called here comes back to the loop, not deeper into the stack."""
        if self._pumping or not (self._due or self._swift or self._queue or self._barrier.settled):
            return
        self._pumping = True
        guard, owner = self._run.guard, self._plan.owner
        while not self._run.halted:
            if self._due:
                step = self._due.popleft()
                guard(self._nodes[owner[step]], self._take, step)
            elif self._queue and self._places > 0:
                step = heappop(self._queue)[1]
                guard(self._nodes[owner[step]], self._give_place, step)
            elif self._barrier.settled and not self._barrier.open():
                guard(None, self._over)
                return  # still pumping, as it were: there is nothing that could begin any more
            elif not self._due:
                break
        self._pumping = False
        if self._swift:
            self._carriers.wake()

    def _take(self, step: int) -> None:
        """Pass over a step whose turn has come, or let it begin."""
        if self._resolved[step]:
            return
        node = self._nodes[self._plan.owner[step]]
        if node.planned.disabled and not node.passes:
            node.passes = True
            self._run.move(node, State.SKIPPED, "disabled")
            self._block_without(node)
        if node.passes or self._blocked[step]:
            self._resolve(step)
        elif self._rest:
            heappush(self._queue, (-self._rest[step], step))
        else:
            self._launch(node)

    def _give_place(self, step: int) -> None:
        if self._blocked[step] or self._resolved[step]:  # while it waited
            self._resolve(step)
        else:
            self._launch(self._nodes[self._plan.owner[step]])

    def _resolve(self, step: int) -> None:
        """Let go on what waits for a step, whatever became of it."""
        if self._resolved[step]:
            return
        self._resolved[step] = 1
        missing, methods = self._missing, self._methods
        for follower in self._plan.followers[step]:
            missing[follower] -= 1
            if not missing[follower]:
                (self._swift if methods[follower] else self._due).append(follower)
        if self._plan.last[step]:
            self._barrier.settle()
        else:
            self._release(step + 1)

    # One driver, from its life cycle to its last phase

    def _launch(self, node: Node) -> None:
        self._places -= 1
        if node.made:
            self._begin_phase(node)
        else:
            self._preparing.prepare(node)

    def _pass(self, node: Node, state: State, reason: str) -> None:
        node.passes = True
        self._run.move(node, state, reason)
        if state is State.SKIPPED:
            self._block_without(node)
        self._leave(node)
        self._resolve(self._plan.first[node.place])
        self._pump()

    def _begin_phase(self, node: Node) -> None:
        run, phase = self._run, node.planned.phases[node.at]
        if not run.audience.listens:
            self._enter(node)
        elif not self._announce(node, phase, run.clock()):
            return
        node.begun = True
        run.call(node, phase, run.timeout(node), self._on_phase)

    def _row(self) -> Row:
        """Begin the swift steps one after the other, as their turns come.

        It does what is done with any step, and most steps of most plans are swift; but there is neither an engine nor a
        task to ask for, and of what never waits no call is kept.
        """
        run, nodes, owner, swift, methods = self._run, self._nodes, self._plan.owner, self._swift, self._methods
        audience, clock, settings_of, timeout = run.audience, run.clock, run.settings.of, run.options.timeout
        blocked, resolved, make = self._blocked, self._resolved, self._preparing.make
        while True:
            if not swift or run.halted:
                yield None
                continue
            step = swift.popleft()
            node = nodes[owner[step]]
            try:
                if blocked[step] or resolved[step] or node.passes:
                    self._take(step)
                    self._pump()
                    continue
                if not node.made and not make(node):
                    continue
                planned = node.planned
                name, phase = planned.name, planned.phases[node.at]
                began_at, seconds = clock(), planned.policy.timeout or timeout
                if not audience.listens:
                    self._enter(node)
                elif self._announce(node, phase, began_at):
                    began_at = clock()  # the driver is not charged for what reporters took
                else:
                    continue
                node.begun = True
                context = Context(name, phase, settings_of(name), seconds, began_at + seconds, run)
                coroutine = self._coroutine(node, methods[step], context)
                if coroutine is None:
                    continue
            except BaseException as error:  # noqa: BLE001  told: without the row nothing would ever begin again
                run.broke(error, node)
                continue
            ended = yield coroutine
            run.guard(node, self._swift_ended, node, step, context, began_at, ended)
            yield None

    def _coroutine(self, node: Node, method: str, context: Context) -> Coroutine[Any, Any, Any] | None:
        """Call a swift method; None where there is no coroutine to await: the phase has ended then."""
        coroutine, wrong = None, None
        try:
            coroutine = getattr(node.lifecycle, method)(context)
        except BaseException as error:  # noqa: BLE001  a method that takes no context, say
            wrong = tame(error)
        if coroutine is None:
            self._phase_ended(node, None, wrong)
        return coroutine

    def _swift_ended(self, node: Node, step: int, context: Context, began_at: float, ended: Ended) -> None:
        held = self._run.clock() - began_at
        if held > LONG_STEP or type(ended) is Carried:
            self._go_on(node, context, began_at, ended, held)
        elif returns_nothing(ended) and node.undeclared is None and len(node.planned.phases) == 1:
            self._came_up(node, step)
        else:
            node.last_took = 0.0
            self._phase_ended(node, None, result_error(context.driver, context.phase, ended))

    def _go_on(self, node: Node, context: Context, began_at: float, ended: Ended, held: float) -> None:
        """Do what is done with any call, for a step that goes on or took long."""
        run = self._run
        call = node.call = Call(run, node, context.phase, began_at, context.timeout, self._on_phase)
        call.context = context
        if type(ended) is Carried:
            call.follow(ended, context)
            ended.tell(call, context)
        if held > LONG_STEP:
            run.held(context, held, ended=type(ended) is not Carried)
        if type(ended) is not Carried:
            call(None, result_error(call.node.name, call.verb, ended))

    def _came_up(self, node: Node, step: int) -> None:
        """Do what is done where a phase ended, for a driver that has no other one."""
        run, audience, phase = self._run, self._run.audience, node.planned.phases[0]
        in_full = audience.listens and not audience.takes
        if in_full:
            run.tell(node, STARTING, phase, DONE)
        elif audience.takes:
            at, name = run.clock() - run.began_at, node.planned.name
            audience.take((at, name, STARTING, phase, DONE, "", at, name, READY, None, None, ""))
        self._ranks += 1
        node.come_up(self._ranks)
        run.notable[node.place] = 0
        if in_full:
            run.tell(node, READY)
        self._resolve(step)
        if self._due or not self._swift:
            self._pump()

    @staticmethod
    def _enter(node: Node) -> None:
        """Have a driver start, where it has not started already: in an earlier phase or attempt."""
        if node.state is not STARTING:
            node.move(STARTING)

    def _announce(self, node: Node, phase: str, now: float) -> bool:
        """Tell that a phase begins, unless a stop is asked for just then."""
        run, audience = self._run, self._run.audience
        if not node.begun and not run.halted:
            self._enter(node)
            if audience.takes:
                at, name = now - run.began_at, node.planned.name
                audience.take((at, name, STARTING, None, None, "", at, name, STARTING, phase, BEGUN, ""))
                return True
            run.tell(node, STARTING)
            if self._run.halted:  # who was told may have asked for a stop
                run.move(node, State.PENDING, f"the stop came before {phase}")
        if run.halted:
            run.idle(node)
            return False
        run.tell(node, STARTING, phase, BEGUN)
        return True

    def _phase_ended(self, node: Node, result: Any, error: BaseException | None) -> None:
        del result
        error = node.fault(error)
        if error is not None:
            self._phase_failed(node, error)
            return
        run, planned, at = self._run, node.planned, node.at
        seconds = node.last_took
        node.seconds += seconds
        node.timings += (seconds,)
        node.attempt = min(node.attempt, 1)
        if run.audience.listens:
            run.tell(node, State.STARTING, planned.phases[at], Mark.DONE)
        step = self._plan.first[node.place] + at
        node.at = at + 1
        if self._plan.last[step]:
            self._ranks += 1
            node.rank = self._ranks
            node.move(READY)
            if run.audience.listens:
                run.tell(node, State.READY)
        elif self._blocked[step + 1]:
            self._blocks.move(node)
        self._places += 1
        if node.on_idle is not None:
            run.idle(node)
        self._resolve(step)
        self._pump()

    def _leave(self, node: Node) -> None:
        """Give its place under the limit to the next one."""
        self._places += 1
        if node.on_idle is not None:
            self._run.idle(node)

    # What goes wrong

    def _phase_failed(self, node: Node, error: BaseException) -> None:
        run, phase = self._run, node.phase
        node.seconds += node.last_took
        reason = run.explain(node, error)
        if self._blocked[self._plan.first[node.place] + node.at]:  # while it ran: no wonder
            run.tell(node, State.STARTING, phase, Mark.FAILED, reason)
            self._forgone(node)
            return
        again = node.attempt <= node.planned.policy.retries and not isinstance(
            error, UndeclaredDependency | LifecycleError
        )
        if again and not run.halted:
            pause = doubled(node.planned.policy.backoff, node.attempt - 1, LONGEST_PAUSE)
            pause *= 0.5 + run.random.random() / 2  # so that those who failed together do not come back together
            node.attempt += 1
            node.traceback = ""  # the report is about the last attempt
            attempts = node.planned.policy.retries + 1
            text = f"{reason}; attempt {node.attempt} of {attempts} in {pause:.3g} s"
            run.tell(node, State.STARTING, phase, Mark.RETRIED, text)
            node.retry = run.loop.call_later(pause, run.guard, node, self._retry, node, reason)
            self._leave(node)
            self._pump()
            return
        run.tell(node, State.STARTING, phase, Mark.FAILED, reason)
        says_where = isinstance(error, TierdepsError) or node.planned.phases == ("start",)
        self._failed(node, reason if says_where else f"{phase}: {reason}")

    def _retry(self, node: Node, reason: str) -> None:
        node.retry = None
        if node.left is not None:
            self._places -= 1
            self._failed(node, f"{reason}; and its call still goes on, so it cannot be tried again")
            return
        step = self._plan.first[node.place] + node.at
        if self._rest:
            heappush(self._queue, (-self._rest[step], step))
        else:
            self._launch(node)
        self._pump()

    def _failed(self, node: Node, reason: str) -> None:
        run = self._run
        policy = node.policy(run.options.on_failure)
        run.move(node, State.FAILED, reason)
        step = self._plan.first[node.place] + node.at
        if policy is OnFailure.IGNORE:
            node.ignored = node.passes = True
            self._resolve(step)
        else:
            self._spread(node, step)
        self._leave(node)
        if policy is OnFailure.ABORT and not run.halted:
            self._halt(f"{node.name} failed")
            return
        self._pump()

    def _spread(self, node: Node, step: int) -> None:
        """Block what requires a failed driver, keep later tiers shut, and let everybody else who waits go on."""
        end = self._plan.first[node.place] + len(node.planned.phases)
        for mine in range(step, end):
            for requirer in self._plan.requiring(mine):
                self._blocks.block(requirer, node.name)
        self._barrier.shut()
        for mine in range(step, end):
            self._resolve(mine)

    def _block_without(self, skipped: Node) -> None:
        """Block what cannot do without a driver that is skipped; that is no failure, but has the same effects."""
        run, plan = self._run, self._plan
        steps = plan.blocked_if_skipped(skipped.place)
        found = {node for step in steps for node in self._blocks.block(step, skipped.name)}
        policies = {node: node.policy(run.options.on_failure) for node in found}
        blocked = [node for node in found if not node.planned.disabled]
        shutting = [node.place for node in blocked if policies[node] is not OnFailure.IGNORE]
        if shutting:
            self._barrier.shut_behind(min(shutting))
        first = (policies.get(self._nodes[plan.owner[step]]) for step in steps)
        if blocked and OnFailure.ABORT in first and not run.halted:
            self._halt(f"{skipped.name} was skipped")

    def _forgone(self, node: Node) -> None:
        """Go on without a driver that was blocked while it was called."""
        self._blocks.move(node)
        self._leave(node)
        self._resolve(self._plan.first[node.place] + node.at)
        self._pump()
