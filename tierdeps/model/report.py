"""The results of a run: states and events while it goes on, and the report at its end."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.errors import RunFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps.model.plan import Plan


class State(StrEnum):
    """The state of a driver.

    ::

        pending --> starting --> ready --> stopping --> stopped
         |  |  |       |           |         ^   |
         |  |  |       +-----+-----+         |   +--> failed
         |  |  |             v               |
         |  |  |      failed, blocked -------+
         |  |  +--> adopted --> failed
         |  +-----> skipped
         +--------> failed, blocked

    A failed or blocked driver is stopped if a phase of it had started; an adopted one never is. One that was up fails
    when it is lost, and what requires it is blocked then. A starting one that is cut short before its phase did
    anything is pending again; one that is cut short later goes to stopping. A stop may find that its driver had failed
    before: it is stopped then, or fails once more where that goes wrong too. A driver that is ready may become ready
    again with another reason: it is degraded, or is whole again. So may one that is adopted.
    """

    PENDING = "pending"
    STARTING = "starting"
    READY = "ready"
    ADOPTED = "adopted"
    SKIPPED = "skipped"
    BLOCKED = "blocked"
    FAILED = "failed"
    STOPPING = "stopping"
    STOPPED = "stopped"

    #: Enum's own is a function of Python's, and members are looked up for every event.
    __hash__ = str.__hash__

    @property
    def satisfies_barrier(self) -> bool:
        """Whether a driver in this state lets what comes after it start."""
        return self in _SATISFYING

    @property
    def is_up(self) -> bool:
        """Whether a driver in this state works, as far as is known: it is ready or adopted."""
        return self in _UP


_UP = (State.READY, State.ADOPTED)
_SATISFYING = (*_UP, State.SKIPPED)
_WELL = (*_SATISFYING, State.STOPPED)
#: The picture above as data: the states that may follow each state. The executor enforces it.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.STARTING, State.ADOPTED, State.SKIPPED, State.FAILED, State.BLOCKED}),
    State.STARTING: frozenset({State.READY, State.FAILED, State.BLOCKED, State.STOPPING, State.PENDING}),
    State.READY: frozenset({State.STOPPING, State.FAILED, State.BLOCKED, State.READY}),
    State.ADOPTED: frozenset({State.FAILED, State.ADOPTED}),
    State.SKIPPED: frozenset(),
    State.BLOCKED: frozenset({State.STOPPING}),
    State.FAILED: frozenset({State.STOPPING, State.STOPPED, State.FAILED}),
    State.STOPPING: frozenset({State.STOPPED, State.FAILED}),
    State.STOPPED: frozenset(),
}


#: The step of events about a driver that is up: that its check fails, or passes again.
CHECK = "check"
#: The reason of the event that a driver which is up, and restarted by itself, is ready again.
READY_AGAIN = "ready again"
#: The reason of a driver that is adopted.
ADOPTED_REASON = "it was already running"
#: The reason of a driver that is up and not whole begins with this.
DEGRADED = "degraded: "
#: The reason of a driver that is stopped although the run goes on begins with this, where that was requested.
ON_REQUEST = "on request"
#: The reason of a driver that is stopped again because it did not come up when that was requested.
NOT_UP_ON_REQUEST = "it did not come up when that was requested"


class StepEvent(StrEnum):
    """What happened to the step that an event is about."""

    STARTED = "begun"
    DONE = "done"
    RETRIED = "retried"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def word(self) -> str:
        """The event as text for people names it; its value, which documents have, is older."""
        return "started" if self is StepEvent.STARTED else str(self)

    #: As that of State.
    __hash__ = str.__hash__


class Event(Value, gc=False):
    """A transition of a driver, or with ``phase`` and ``mark`` what happened to one of its steps.

    ``at`` is in seconds since the run started. For a driver that is ready, ``retried`` means that it restarts by
    itself, and ``done`` that it is ready again; so for one that is adopted.
    """

    at: float
    driver: str
    state: State
    phase: str | None = None
    mark: StepEvent | None = None
    reason: str = ""


class Outcome(Value, gc=False):
    """The outcome of one driver.

    In the report of a finished run, ``state`` is the state that the start reached: ``starting`` if it was cut short,
    ``stopped`` if it was stopped on request before the run was, and that is no failure. In
    the report of a run that goes on, ``state`` is the current state, ``stopping`` for example, and ``reached`` the one
    that the start reached, if it is another. ``stopped`` says whether the driver was stopped afterwards, ``begun``
    whether one of its phases started. ``cause`` names the drivers that blocked it because they failed or were skipped;
    it is empty for a root cause. ``ignored`` marks a failure that counts as ready. ``timings`` are the seconds that
    each completed phase took. ``stragglers`` are calls that did not end when they were cancelled. ``traceback`` is the
    driver's own, of its failure or of its stop; empty if none of its code raised. ``degraded`` says which parts of it
    did not come up, though it became ready.
    """

    driver: str
    state: State
    reason: str = ""
    cause: tuple[str, ...] = ()
    seconds: float = 0.0
    stopped: bool = False
    stop_error: str = ""
    begun: bool = False
    ignored: bool = False
    timings: tuple[float, ...] = ()
    stragglers: tuple[str, ...] = ()
    traceback: str = ""
    reached: State | None = None
    degraded: str = ""

    @property
    def start_state(self) -> State:
        """The state that the start reached, whatever happened since."""
        return self.reached or self.state


class Report(Value, dict=True):
    """The result of a run: an outcome for each driver of the plan, in the plan's order.

    ``interrupted`` says that a stop came before all was ready; ``problem`` is what went wrong with the run as a whole;
    ``notes`` are minor problems. ``engine`` names the engine that made the calls.
    """

    plan: Plan
    outcomes: Sequence[Outcome]
    interrupted: bool = False
    problem: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    engine: str = "local"

    @property
    def digest(self) -> str:
        """The digest of the plan that was run."""
        return self.plan.digest

    def __getitem__(self, driver: str) -> Outcome:
        """Return one driver's outcome."""
        for outcome in self.outcomes:
            if outcome.driver == driver:
                return outcome
        raise KeyError(driver)

    @property
    def root_causes(self) -> tuple[Outcome, ...]:
        """The drivers that failed by themselves, and those that a finding kept from being started."""
        return tuple(one for one in self.outcomes if one.start_state is State.FAILED or self._is_refused(one))

    def _is_refused(self, outcome: Outcome) -> bool:
        """Return whether a finding keeps a driver from being started."""
        return outcome.start_state is State.BLOCKED and bool(self.plan.drivers[outcome.driver].blocked)

    @property
    def blocked(self) -> tuple[Outcome, ...]:
        """The drivers that did not become ready because of others."""
        blocked = (outcome for outcome in self.outcomes if outcome.start_state is State.BLOCKED)
        return tuple(outcome for outcome in blocked if not self._is_refused(outcome))

    @property
    def degraded(self) -> tuple[Outcome, ...]:
        """The drivers that became ready or were adopted, but for some of their parts."""
        return tuple(one for one in self.outcomes if one.degraded and one.start_state.is_up)

    @property
    def nothing_up(self) -> bool:
        """Whether no driver came up: each was skipped, or failed and that was ignored."""
        return all(outcome.start_state is State.SKIPPED or outcome.ignored for outcome in self.outcomes)

    @property
    def blocking_skips(self) -> tuple[Outcome, ...]:
        """The drivers that were skipped, and blocked others by that."""
        causes = {cause for outcome in self.blocked for cause in outcome.cause}
        return tuple(one for one in self.outcomes if one.start_state is State.SKIPPED and one.driver in causes)

    @cached_property
    def ready(self) -> bool:
        """Whether the start brought every driver to a state that counts as ready, without a problem.

        A driver that was stopped on request does not count against it. That no driver came up is such a problem,
        unless the run was allowed to be empty.
        """
        up = all(one.ignored or (one.reached or one.state) in _WELL for one in self.outcomes)
        return up and not self.problem and not self.interrupted

    @cached_property
    def ok(self) -> bool:
        """Whether every driver became ready, adopted or skipped, but for ignored failures, and every stop went well.

        A driver that is degraded is not well, and nothing is where the plan itself has problems.
        """
        bad = any(outcome.stop_error for outcome in self.outcomes) or bool(self.degraded or self.plan.problems)
        return self.ready and not bad

    def raise_for_failure(self) -> None:
        """Raise RunFailedError unless all went well: it names the root causes and the stops that went wrong."""
        if self.ok:
            return
        failed = [(one.driver, one.reason) for one in self.root_causes if not one.ignored]
        failed += [(one.driver, one.reason) for one in self.blocked if not failed]
        failed += [(one.driver, f"{DEGRADED}{one.degraded}") for one in self.degraded]
        failed += [(one.driver, f"stop: {one.stop_error}") for one in self.outcomes if one.stop_error]
        problem = (
            self.problem
            or "; ".join(self.plan.problems)
            or ("it was stopped before all drivers were ready" if self.interrupted else "")
        )
        if not failed and not problem:
            problem = "not every driver became ready"
        raise RunFailedError(problem, tuple(failed))

    @property
    def durations(self) -> dict[str, float]:
        """The seconds that each step took, by ``driver:phase``: later runs with limited jobs use them as priorities."""
        return {
            str(step): seconds
            for outcome in self.outcomes
            for step, seconds in zip(self.plan.drivers[outcome.driver].steps, outcome.timings, strict=False)
        }
