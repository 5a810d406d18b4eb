"""The way up: tier by tier, and inside a tier each step as soon as what it needs is done."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from tierdeps.errors import LifecycleError, TierdepsError, UndeclaredDependency
from tierdeps.executor.barrier import Barrier
from tierdeps.executor.telling import describe
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Mark, OnFailure, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.executor.calls import Then
    from tierdeps.executor.node import Node
    from tierdeps.executor.run import Run

#: A pause between attempts is never longer, in seconds.
LONGEST_PAUSE = 60.0


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
        self._blocked = bytearray(len(self._missing))
        self._due: deque[int] = deque()
        #: The steps that wait for a place under the limit, the longest way first.
        self._queue: list[tuple[float, int]] = []
        jobs = run.options.jobs
        self._rest = self._plan.remaining(run.options.durations) if jobs is not None else []
        self._places = float("inf") if jobs is None else jobs
        self._pumping = False
        self._ranks = 0
        self._barrier = Barrier(run, self._release)
        # Bound once, and not anew for each driver.
        self._on_phase: Then = self._phase_ended

    def begin(self) -> None:
        """Open the first tier."""
        self._pump()

    def _release(self, step: int) -> None:
        self._missing[step] -= 1
        if not self._missing[step]:
            self._due.append(step)

    def _pump(self) -> None:
        """Begin what can begin. Whatever is called here comes back to the loop, not deeper into the stack."""
        if self._pumping or not (self._due or self._queue or self._barrier.settled):
            return
        self._pumping = True
        while not self._run.halted:
            if self._due:
                self._take(self._due.popleft())
            elif self._queue and self._places > 0:
                self._launch(self._nodes[self._plan.owner[heappop(self._queue)[1]]])
            elif self._barrier.settled and not self._barrier.open():
                self._over()
                return  # still pumping, as it were: there is nothing that could begin any more
            elif not self._due:
                break
        self._pumping = False

    def _take(self, step: int) -> None:
        """Pass over a step whose turn has come, or let it begin."""
        if self._resolved[step]:
            return
        node = self._nodes[self._plan.owner[step]]
        if node.planned.disabled and not node.passes:
            node.passes = True
            self._run.move(node, State.SKIPPED, "disabled in the settings")
        if node.passes or self._blocked[step]:
            self._resolve(step)
        elif self._rest:
            heappush(self._queue, (-self._rest[step], step))
        else:
            self._launch(node)

    def _resolve(self, step: int) -> None:
        """Let go on what waits for a step, whatever became of it."""
        if self._resolved[step]:
            return
        self._resolved[step] = 1
        missing = self._missing
        for follower in self._plan.followers[step]:
            if follower < 0:
                follower = ~follower  # noqa: PLW2901  one that requires it
            missing[follower] -= 1
            if not missing[follower]:
                self._due.append(follower)
        if self._plan.last[step]:
            self._barrier.settle()
        else:
            self._release(step + 1)

    # One driver, from its life cycle to its last phase

    def _launch(self, node: Node) -> None:
        self._places -= 1
        if node.made:
            self._begin_phase(node)
        elif isinstance(node.planned.lifecycle, str):
            self._run.fetch(node, self._timeout(node), self._fetched)
        else:
            self._make(node)

    def _timeout(self, node: Node) -> float:
        return node.planned.policy.timeout or self._run.options.timeout

    def _fetched(self, node: Node, result: Any, error: BaseException | None) -> None:
        del result
        if error is not None:
            self._failed(node, describe(error))
        elif self._run.halted:
            self._run.idle(node)
        else:
            self._make(node)

    def _make(self, node: Node) -> None:
        try:
            lifecycle = node.lifecycle = self._run.worker.make(node.planned)
        except BaseException as error:  # noqa: BLE001  a stranger's constructor
            self._failed(node, describe(error))
            return
        node.made = True
        if lifecycle is None:
            self._begin_phase(node)
            return
        kind = type(lifecycle)
        if kind.probe is Lifecycle.probe and kind.adopt is Lifecycle.adopt:
            self._begin_phase(node)
        elif kind.probe is Lifecycle.probe:
            self._probed(node, None, None)
        else:
            self._run.tell(node, State.PENDING, "probe", Mark.BEGUN)
            self._run.call(node, "probe", self._timeout(node), self._probed)

    def _probed(self, node: Node, reason: Any, error: BaseException | None) -> None:
        error = node.fault(error)
        if error is not None:
            self._failed(node, f"probe: {describe(error)}")
        elif reason:
            self._pass(node, State.SKIPPED, str(reason))
        elif self._run.halted:
            self._run.idle(node)
        elif node.lifecycle is None or type(node.lifecycle).adopt is Lifecycle.adopt:
            self._begin_phase(node)
        else:
            self._run.call(node, "adopt", self._timeout(node), self._adopted)

    def _adopted(self, node: Node, adopted: Any, error: BaseException | None) -> None:
        error = node.fault(error)
        if error is not None:
            self._failed(node, f"adopt: {describe(error)}")
        elif adopted:
            self._pass(node, State.ADOPTED, "it was running already")
        elif self._run.halted:
            self._run.idle(node)
        else:
            self._begin_phase(node)

    def _pass(self, node: Node, state: State, reason: str) -> None:
        node.passes = True
        self._run.move(node, state, reason)
        self._leave(node)
        self._resolve(self._plan.first[node.place])
        self._pump()

    def _begin_phase(self, node: Node) -> None:
        run, planned = self._run, node.planned
        phase = planned.phases[node.at]
        if not run.audience.listens:
            node.state = State.STARTING
        elif not self._announce(node, phase):
            return
        node.begun = True
        run.call(node, phase, planned.policy.timeout or run.options.timeout, self._on_phase)

    def _announce(self, node: Node, phase: str) -> bool:
        """Tell that a phase begins, unless a stop is asked for just then."""
        run = self._run
        if not node.begun and not run.halted:
            run.move(node, State.STARTING)
            if self._run.halted:  # who was told may have asked for a stop
                run.move(node, State.PENDING, f"the stop came before {phase}")
        if run.halted:
            run.idle(node)
            return False
        run.tell(node, State.STARTING, phase, Mark.BEGUN)
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
            node.state = State.READY
            if run.audience.listens:
                run.tell(node, State.READY)
        elif self._blocked[step + 1]:
            self._move_blocked(node)
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
        reason = describe(error)
        again = node.attempt <= node.planned.policy.retries and not isinstance(
            error, UndeclaredDependency | LifecycleError
        )
        if again and not run.halted:
            pause = min(node.planned.policy.backoff * 2.0 ** (node.attempt - 1), LONGEST_PAUSE)
            pause *= 0.5 + run.random.random() / 2  # so that those who failed together do not come back together
            node.attempt += 1
            attempts = node.planned.policy.retries + 1
            text = f"{reason}; attempt {node.attempt} of {attempts} in {pause:.3g} s"
            run.tell(node, State.STARTING, phase, Mark.RETRIED, text)
            node.retry = run.loop.call_later(pause, self._retry, node, reason)
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
                self._block(requirer, node.name)
        self._barrier.shut()
        for mine in range(step, end):
            self._resolve(mine)

    def _block(self, step: int, root: str) -> None:
        stack = [step]
        while stack:
            step = stack.pop()
            node = self._nodes[self._plan.owner[step]]
            settled = self._resolved[step] or node.state is State.ADOPTED or node.ignored
            if settled or (self._blocked[step] and root in node.cause):
                continue
            self._blocked[step] = 1
            node.cause |= {root}
            first = self._plan.first[node.place]
            if step == first + node.at and node.call is None and not node.planned.disabled and node.retry is None:
                self._move_blocked(node)
            if not self._plan.last[step]:
                stack.append(step + 1)
            if node.policy(self._run.options.on_failure) is not OnFailure.IGNORE:
                stack.extend(self._plan.requiring(step))

    def _move_blocked(self, node: Node) -> None:
        if node.state in (State.PENDING, State.STARTING):
            causes = ", ".join(sorted(node.cause))
            self._run.move(node, State.BLOCKED, f"it requires {causes}, which failed")
