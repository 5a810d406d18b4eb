"""One driver while it is run: the only thing of a run that changes, beside its counters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tierdeps.model import OnFailure, Outcome, State
from tierdeps.model.report import TRANSITIONS

if TYPE_CHECKING:
    from asyncio import TimerHandle
    from collections.abc import Callable

    from tierdeps.executor.calls import Call
    from tierdeps.lifecycle import Lifecycle
    from tierdeps.model import PlannedDriver

    #: Called with a driver and its new state, to emit the event.
    Emit = Callable[..., None]


#: The timings of a phase that never waited.
NO_TIME = (0.0,)


class IllegalTransitionError(RuntimeError):
    """A mistake of tierdeps itself: a driver was to go to a state that it cannot reach from where it is."""


class Node:
    """Where a driver stands.

    ``at`` is the number of the phase that runs or is next; ``passes`` says that what is left of its steps is passed
    over, in order; ``undone`` that its stop began, which happens once; ``cause`` names the failures that block it.
    ``call`` is what runs now, ``left`` a call that was given up and has not ended. ``last_took`` are the seconds of the
    last call; ``rank`` is its place in the order in which drivers became ready. ``state`` is written by ``move`` alone;
    ``start_state`` is what its start, or a loss, brought it to: during and after its stop, ``state`` is another one.
    """

    # The values that most drivers never change stand here: a run of thousands makes as many of these.
    state = start_state = State.PENDING
    at = 0
    attempt = 1
    made = begun = passes = ignored = undone = stopped = False
    lifecycle: Lifecycle | None = None
    call: Call | None = None
    left: Call | None = None
    retry: TimerHandle | None = None
    on_idle: Callable[[Node], None] | None = None
    undeclared: BaseException | None = None
    reason = stop_error = traceback = ""
    cause: frozenset[str] = frozenset()
    rank = math.inf
    last_took = seconds = 0.0
    timings: tuple[float, ...] = ()
    stragglers: tuple[str, ...] = ()

    def fault(self, error: BaseException | None) -> BaseException | None:
        """Return what a call ended with: its error, or the look-up that it hid; either is told once."""
        hidden, self.undeclared = self.undeclared, None
        return hidden if error is None else error

    def __init__(self, place: int, planned: PlannedDriver) -> None:
        self.place = place
        self.planned = planned

    @property
    def name(self) -> str:
        """The driver's name."""
        return self.planned.name

    @property
    def phase(self) -> str:
        """The phase that runs or is next; the last one where all are done."""
        phases = self.planned.phases
        return phases[min(self.at, len(phases) - 1)]

    @property
    def up(self) -> bool:
        """Whether it counts as ready."""
        return self.start_state.satisfies_barrier or self.ignored

    def policy(self, of_run: OnFailure) -> OnFailure:
        """Return what its failure does to the run."""
        return self.planned.policy.on_failure or of_run

    def move(self, to: State, reason: str = "", emit: Emit | None = None, *, of_stop: bool = False) -> None:
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
        if emit is not None:
            emit(self, to, reason=reason)

    def outcome(self, *, now: bool = False) -> Outcome:
        """Return what became of it, or where it stands ``now``; a failure's cause is itself, so it names none."""
        reached = self.start_state
        cause = () if reached is State.FAILED or not self.cause else tuple(sorted(self.cause))
        return Outcome(
            self.planned.name,
            self.state if now else reached,
            self.reason,
            cause,
            self.seconds,
            self.stopped,
            self.stop_error,
            self.begun,
            self.ignored,
            self.timings,
            self.stragglers,
            self.traceback,
            reached if now and reached is not self.state else None,
        )

    def come_up(self, rank: int) -> None:
        """Be ready, after one phase that never waited."""
        self.at, self.rank, self.timings = 1, rank, NO_TIME
        self.move(State.READY)
