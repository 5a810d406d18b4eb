"""One driver of a run: its state, and what its contexts ask of the run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from tierdeps._util.masks import masked
from tierdeps.errors import TierdepsError
from tierdeps.executor.lifecycles.look_up import PLAIN, look_up, provided, there
from tierdeps.lifecycle import Provided
from tierdeps.model import OnCancel, OnFailure, Outcome, State
from tierdeps.model.report import ADOPTED_REASON, CHECK, DEGRADED, TRANSITIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.executor.invoke import Invocation
    from tierdeps.executor.run import PlanRun, Run
    from tierdeps.executor.scheduler import Wait
    from tierdeps.lifecycle import Context, Lifecycle
    from tierdeps.model import PlannedDriver
    from tierdeps.published import Published

_NO_CAUSE = frozenset[str]()
#: Held while a value is published: several threads of one driver may do so.
_PUBLISHING = Lock()
#: Held while a part that did not come up is recorded: several threads of one driver may report theirs.
_DEGRADING = Lock()
# Looked up once, as it is used for every driver.
_READY = State.READY
#: So many different reports of a driver's checks are kept, so that a run that never ends does not grow.
MAX_CHECK_REPORTS = 100
#: The states that a driver may go to from being up.
_NOT_UP = (State.STOPPING, State.FAILED, State.BLOCKED)
#: The states of a driver of which nothing has decided yet what becomes of it.
COMING_UP = (State.PENDING, State.STARTING)


class IllegalTransitionError(RuntimeError):
    """A mistake of tierdeps itself: a driver was to go to a state that it cannot reach from where it is."""


class Interruption(Exception):  # noqa: N818  no error: control flow
    """Ends the wait of a driver's routine. Raised where the routine waits, never in the driver's own code."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        #: The call that was abandoned for it; None where the driver waited between two calls.
        self.call: Invocation | None = None


class Halted(Interruption):
    """Nothing more is to start, or other code has moved the driver to another state: there is nothing to report."""


class CutShort(Interruption):
    """A stop ends the call that runs; that is no failure of the driver."""


class Lost(Interruption):
    """The driver has reported that it no longer works."""


class Blocked(Interruption):
    """A driver that it requires was lost."""


@dataclass(slots=True, eq=False, repr=False)
class DriverRun:
    """The state of one driver in a run. ``state`` is written by ``move`` alone.

    ``start_state`` is what its start, or a loss, brought it to: during and after its stop, ``state`` is another one.
    ``phase_index`` is the number of the phase that runs or is next. ``bypassed`` says that what is left of its steps is
    passed over, in order; ``stop_started`` that its stop began, which happens once; ``cause`` names the failures that
    block it. ``is_moving`` says that a routine brings it up or reloads it; between two calls that waits for its
    ``turn``, or in a pause between attempts, ``retry``. ``call`` is what runs now, ``abandoned_call`` one that nobody
    waits for any more and that has not ended. ``ready_seq`` counts in which order drivers became ready.
    """

    run: Run
    #: The drivers of the last plan that it was part of.
    peers: PlanRun
    index: int
    planned: PlannedDriver
    #: The number of its phase that runs or is next, or the last, among all steps of the plan.
    step: int
    state: State = State.PENDING
    start_state: State = State.PENDING
    phase_index: int = 0
    attempt: int = 1
    is_moving: bool = False
    started: bool = False
    bypassed: bool = False
    ignored: bool = False
    stop_started: bool = False
    stopped: bool = False
    lifecycle: Lifecycle | None = None
    turn: Wait | None = None
    retry: Wait | None = None
    #: What ``retry`` waits for, in words; empty for another attempt.
    retry_reason: str = ""
    call: Invocation | None = None
    abandoned_call: Invocation | None = None
    waiter: Wait | None = None
    undeclared: BaseException | None = None
    reason: str = ""
    stop_error: str = ""
    traceback: str = ""
    cause: frozenset[str] = _NO_CAUSE
    #: The part of ``cause`` that keeps its tier closed, which changes; None if the tier has opened, or is yet to.
    closed_by: frozenset[str] | None = None
    #: The parts of it that did not come up, as (phase, reason).
    degradations: tuple[tuple[str, str], ...] = ()
    #: What it has published since its start, by key.
    values: Mapping[str, Published] | None = None
    ready_seq: float = math.inf
    seconds: float = 0.0
    timings: tuple[float, ...] = ()
    stragglers: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The driver's name."""
        return self.planned.name

    @property
    def phase(self) -> str:
        """The phase that runs or is next; the last one where all are done."""
        phases = self.planned.phases
        return phases[min(self.phase_index, len(phases) - 1)]

    @property
    def has_foreign_code(self) -> bool:
        """Whether its lifecycle is not our own: nobody can do anything about how long that of a process takes."""
        return self.planned.lifecycle is not None and self.planned.process is None

    @property
    def is_up(self) -> bool:
        """Whether it counts as ready; one whose failure is ignored does until it is stopped with others."""
        return (self.start_state.satisfies_barrier or self.ignored) and not self.stop_started

    @property
    def is_coming_up(self) -> bool:
        """Whether it is still to become ready: nothing has decided yet what becomes of it."""
        return self.state in COMING_UP

    @property
    def policy(self) -> OnFailure:
        """What its failure does to the run."""
        return self.planned.policy.on_failure or self.run.options.on_failure

    @property
    def is_cancelled_by_stop(self) -> bool:
        """Whether a stop cancels the call that runs, and does not wait for its end."""
        return self.planned.policy.on_cancel is OnCancel.CANCEL or not self.started

    @property
    def timeout(self) -> float:
        """How long each of its phases may take, in seconds."""
        return self.planned.policy.timeout or self.run.options.timeout

    def move(self, to: State, reason: str = "", *, of_stop: bool = False) -> None:
        """Go to another state, and emit the event.

        Raises IllegalTransitionError for a state that TRANSITIONS does not list.
        What a transition ``of_stop`` changes is how the stop stands: what the start brought the driver to, and the
        reason for that, are kept.
        """
        if to not in TRANSITIONS[self.state]:
            raise IllegalTransitionError(f"{self.name} cannot go from {self.state} to {to}")
        self.state = to
        if to in _NOT_UP:
            self.run.health.forget(self)
        if not of_stop:
            self.start_state = to
            if reason:
                self.reason = reason
        if self.run.reporters.listening:
            self.run.emit(self, to, None, None, reason)

    def interrupt(self, why: Interruption) -> bool:
        """End what its coroutine waits for, if it waits; return whether it did. What it is to do then, ``why`` says."""
        if self.call is not None:
            why.call = self.call
            self.call.abandon(why)
            return True
        for wait in (self.turn, self.retry):
            if wait is not None and not wait.is_over:
                wait.end(why)
                return True
        return False

    def wake(self) -> None:
        """Let its stop look again whether anything of its start still goes on."""
        if self.waiter is not None:
            self.waiter.end()

    def fault(self, error: BaseException | None) -> BaseException | None:
        """Return what a call ended with: its error, or the look-up that it hid; either is returned once."""
        hidden, self.undeclared = self.undeclared, None
        return hidden if error is None else error

    @property
    def degraded_text(self) -> str:
        """The parts of it that did not come up, as one text; empty where it is whole."""
        return "; ".join(dict.fromkeys(reason for _, reason in self.degradations))

    def become_ready(self) -> None:
        """Go to the state of being ready."""
        self.move(_READY, f"{DEGRADED}{self.degraded_text}" if self.degradations else "")

    def show_parts(self) -> None:
        """Show what became of the parts of a driver that is up."""
        whole = ADOPTED_REASON if self.state is State.ADOPTED else ""
        self.move(self.state, f"{DEGRADED}{self.degraded_text}" if self.degradations else whole)

    def retract_degraded(self, phase: str) -> None:
        """Forget what an attempt at a phase has reported of parts: another one follows."""
        if self.degradations:
            self.degradations = tuple(one for one in self.degradations if one[0] != phase)

    def add_stop_error(self, text: str) -> None:
        """Keep what went wrong in its stop, behind what did before; a reason that both calls have is kept once."""
        if text != self.stop_error:
            self.stop_error = f"{self.stop_error}; {text}" if self.stop_error else text

    def outcome(self, *, now: bool = False) -> Outcome:
        """Return what became of it, or where it stands ``now``; a failure's cause is itself, so it names none."""
        reached, planned = self.start_state, self.planned
        cause = () if not self.cause or reached is State.FAILED or planned.blocked else tuple(sorted(self.cause))
        return Outcome(
            planned.name,
            self.state if now else reached,
            self.reason,
            cause,
            self.seconds,
            self.stopped,
            self.stop_error,
            self.started,
            self.ignored,
            self.timings,
            self.stragglers,
            self.traceback,
            reached if now and reached is not self.state else None,
            self.degraded_text if self.degradations else "",
        )

    # The host of its contexts. Names of drivers are given and not needed: a context is of one driver, and of the
    # instance of it that was called, which a reload may have replaced since.

    def clock(self) -> float:
        """Return the seconds that deadlines are counted in."""
        return self.run.clock()

    def look_up(self, driver: str, phase: str, name: str) -> Lifecycle | None:  # noqa: ARG002
        """Answer ``context.get``; what is not declared fails the phase, even where the lifecycle hides the error."""
        try:
            return look_up(self.peers, self, phase, name)
        except TierdepsError as error:
            self.undeclared = error
            raise

    def publish(self, driver: str, key: str, value: Published) -> None:  # noqa: ARG002
        """Answer ``context.publish``."""
        with _PUBLISHING:
            self.values = {**(self.values or {}), key: value}

    def published(self, driver: str, phase: str, name: str) -> Mapping[str, Mapping[str, Published]]:  # noqa: ARG002
        """Answer ``context.value``; what is not declared fails the phase as for ``look_up``. Its own is there too."""
        if name == self.name:
            return {name: self.values or {}}
        try:
            return {found.name: found.values or {} for found in there(self.peers, self, phase, name)}
        except TierdepsError as error:
            self.undeclared = error
            raise

    def provided(self, driver: str) -> Mapping[str, tuple[Provided, ...]]:  # noqa: ARG002
        """Answer ``context.provided``."""
        return {
            name: tuple(Provided(one.name, one.lifecycle or PLAIN, one.values or {}) for one in found)
            for name, found in provided(self.peers, self).items()
        }

    def facts(self, driver: str) -> Mapping[str, bool]:  # noqa: ARG002
        """Answer ``context.facts``."""
        return self.peers.compiled.plan.facts

    def lost(self, driver: str, reason: str) -> None:  # noqa: ARG002
        """Take ``context.lost`` to the loop, from whatever thread."""
        self.run.from_any_thread(self, self.run.on_lost, self, masked(reason))

    def failed(self, driver: str, error: BaseException) -> None:  # noqa: ARG002
        """Take ``context.failed`` to the loop, from whatever thread."""
        self.run.from_any_thread(self, self.run.broke, error, self)

    def restarts(self, driver: str, reason: str | None) -> None:  # noqa: ARG002
        """Take ``context.restarting`` and ``context.restarted`` to the loop, from whatever thread."""
        self.run.from_any_thread(self, self.run.restarts, self, reason and masked(reason))

    def degraded(self, context: Context, reason: str) -> None:
        """Record a part that did not come up at once, for the call may end with this step; report it on the loop."""
        if context.cancelled:  # another attempt may be going on by now
            return
        part = (context.phase, masked(reason))
        with _DEGRADING:
            if part in self.degradations:  # a check says the same again and again
                return
            others = self.degradations
            of_checks = [one for one in others if one[0] == CHECK]
            if context.phase == CHECK and len(of_checks) >= MAX_CHECK_REPORTS:
                others = tuple(one for one in others if one is not of_checks[0])
            self.degradations = (*others, part)
        self.run.from_any_thread(self, self.run.degrades, self)

    def extend(self, context: Context, seconds: float) -> None:
        """Take ``context.extend`` to the loop, from whatever thread."""
        self.run.from_any_thread(self, self.run.extend, self, context, seconds)

    def held(self, context: Context, seconds: float, *, ended: bool) -> None:
        """Charge a long step to the call that took it, and to no other one."""
        self.run.guard(self, self.run.charge, self, context, seconds, ended)
