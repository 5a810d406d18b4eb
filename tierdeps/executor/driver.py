"""One driver of a run: its state, and what its contexts ask of the run.

``context.get`` finds nothing but what is declared, done, and there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from tierdeps._util.frozen import NEW
from tierdeps._util.suggest import nearest, suggestion
from tierdeps.errors import TierdepsError, UndeclaredDependency
from tierdeps.lifecycle import Lifecycle
from tierdeps.model import Kind, OnCancel, OnFailure, Outcome, State
from tierdeps.model.report import DEGRADED, TRANSITIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tierdeps.executor.invoke import Invocation
    from tierdeps.executor.run import PlanRun, Run
    from tierdeps.executor.scheduler import Wait
    from tierdeps.lifecycle import Context
    from tierdeps.model import Inactive, PlannedDriver
    from tierdeps.model import Wait as PlannedWait

#: What ``context.get`` returns for a driver without a lifecycle.
PLAIN = Lifecycle()
_NO_CAUSE = frozenset[str]()
#: Held while a part that did not come up is recorded: several threads of one driver may report theirs.
_DEGRADING = Lock()
# Looked up once, as it is used for every driver.
_READY = State.READY
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
    call: Invocation | None = None
    abandoned_call: Invocation | None = None
    waiter: Wait | None = None
    undeclared: BaseException | None = None
    reason: str = ""
    stop_error: str = ""
    traceback: str = ""
    cause: frozenset[str] = _NO_CAUSE
    #: The parts of it that did not come up, as (phase, reason).
    degradations: tuple[tuple[str, str], ...] = ()
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
    def is_up(self) -> bool:
        """Whether it counts as ready."""
        return self.start_state.satisfies_barrier or self.ignored

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
        """Go to the state of being ready, or show there what became of its parts since."""
        self.move(_READY, f"{DEGRADED}{self.degraded_text}" if self.degradations else "")

    def retract_degraded(self, phase: str) -> None:
        """Forget what an attempt at a phase has reported of parts: another one follows."""
        if self.degradations:
            self.degradations = tuple(one for one in self.degradations if one[0] != phase)

    def add_stop_error(self, text: str) -> None:
        """Keep what went wrong in its stop, behind what did before."""
        self.stop_error = f"{self.stop_error}; {text}" if self.stop_error else text

    def outcome(self, *, now: bool = False) -> Outcome:
        """Return what became of it, or where it stands ``now``; a failure's cause is itself, so it names none."""
        reached, planned = self.start_state, self.planned
        cause = () if not self.cause or reached is State.FAILED or planned.blocked else tuple(sorted(self.cause))
        fields = (
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
        return NEW(Outcome, fields)

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

    def facts(self, driver: str) -> Mapping[str, bool]:  # noqa: ARG002
        """Answer ``context.facts``."""
        return self.peers.compiled.plan.facts

    def lost(self, driver: str, reason: str) -> None:  # noqa: ARG002
        """Take ``context.lost`` to the loop, from whatever thread."""
        self.run.from_any_thread(self, self.run.on_lost, self, reason)

    def failed(self, driver: str, error: BaseException) -> None:  # noqa: ARG002
        """Take ``context.failed`` to the loop, from whatever thread."""
        self.run.from_any_thread(self, self.run.broke, error, self)

    def restarts(self, driver: str, reason: str | None) -> None:  # noqa: ARG002
        """Take ``context.restarting`` and ``context.restarted`` to the loop, from whatever thread."""
        self.run.from_any_thread(self, self.run.restarts, self, reason)

    def degraded(self, context: Context, reason: str) -> None:
        """Record a part that did not come up at once, for the call may end with this step; report it on the loop."""
        if context.cancelled:  # another attempt may be going on by now
            return
        with _DEGRADING:
            self.degradations += ((context.phase, reason),)
        self.run.from_any_thread(self, self.run.degrades, self)

    def extend(self, context: Context, seconds: float) -> None:
        """Take ``context.extend`` to the loop, from whatever thread."""
        self.run.from_any_thread(self, self.run.extend, self, context, seconds)

    def held(self, context: Context, seconds: float, *, ended: bool) -> None:
        """Charge a long step to the call that took it, and to no other one."""
        self.run.guard(self, self.run.charge, self, context, seconds, ended)


def look_up(peers: PlanRun, driver: DriverRun, phase: str, name: str) -> Lifecycle | None:
    """Return the lifecycle that a driver may use under a name, or None where it is not there."""
    planned = driver.planned
    known = False
    for wait in _matching(planned.waits[: driver.phase_index + 1], name):
        known = True
        needed = peers.driver(wait.step.driver)
        if _is_there(needed, wait):
            return PLAIN if needed.lifecycle is None else needed.lifecycle
    if known or any(target == name or target.startswith(f"{name}:") for target in planned.absent):
        return None
    inactive = [item for item in planned.inactive if item.is_named(name)]
    if any(planned.phases.index(item.phase) <= driver.phase_index for item in inactive):
        return None
    why, when = _later(driver, name, inactive)
    raise UndeclaredDependency(driver.name, phase, name, why, when, "" if why else _advice(peers, driver, name))


def _matching(waits: tuple[tuple[PlannedWait, ...], ...], name: str) -> Iterator[PlannedWait]:
    """Yield what is declared under a name; a ``before`` is declared by the other driver, and is no use of it."""
    for group in waits:
        for wait in group:
            if name in (wait.target, wait.step.driver) and wait.kind is not Kind.BEFORE:
                yield wait


def _is_there(needed: DriverRun, wait: PlannedWait) -> bool:
    if needed.start_state is State.ADOPTED:
        return True
    done = needed.phase_index > needed.planned.phases.index(wait.step.phase)
    gone = needed.stop_started and wait.kind is not Kind.REQUIRES  # what requires it is stopped before it
    return done and needed.start_state is not State.SKIPPED and not gone


def _advice(peers: PlanRun, driver: DriverRun, name: str) -> str:
    """Return what to do in place of a requirement, where one of this name would be none; else an empty string."""
    if name == driver.name:
        return "a driver does not depend on itself: use self"
    if name in peers.compiled.index:
        return ""
    waits = [wait for group in driver.planned.waits for wait in group if wait.kind is not Kind.BEFORE]
    declared = {known for wait in waits for known in (wait.target.partition(":")[0], wait.step.driver)}
    if near := nearest(name, declared):
        return f"did you mean {near!r}, which it depends on?"
    hint = suggestion(name, peers.compiled.index)
    return f"no driver that is run has this name{hint}" if hint else ""


def _later(driver: DriverRun, name: str, inactive: Iterable[Inactive]) -> tuple[str, str | None]:
    """Return what is declared under a name for a later phase, in words, and the fact on which it is conditional."""
    later = list(zip(driver.planned.phases, driver.planned.waits, strict=True))[driver.phase_index + 1 :]
    for phase, waits in later:
        for wait in _matching((waits,), name):
            condition = f", and only when {wait.when}" if wait.when else ""
            return f"it is declared for the phase {phase!r} only, which is later{condition}", wait.when
    for item in inactive:
        what = f"it is declared for the phase {item.phase!r} only, which is later"
        return f"{what}, and only when {item.when}, which does not hold here", item.when
    return "", None
