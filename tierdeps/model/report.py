"""What comes out of a run: states, events while it goes on, and the report at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, overload

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from tierdeps.model.plan import Plan


class State(StrEnum):
    """Where a driver stands.

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
    before: it is stopped then, or fails once more where that goes wrong too.
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

    @property
    def opens(self) -> bool:
        """Whether a driver in this state lets what comes after it begin."""
        return self in (State.READY, State.ADOPTED, State.SKIPPED)


#: The drawing above, as data: where a driver can go to from a state. It is the executor that holds drivers to it.
TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.PENDING: frozenset({State.STARTING, State.ADOPTED, State.SKIPPED, State.FAILED, State.BLOCKED}),
    State.STARTING: frozenset({State.READY, State.FAILED, State.BLOCKED, State.STOPPING, State.PENDING}),
    State.READY: frozenset({State.STOPPING, State.FAILED, State.BLOCKED}),
    State.ADOPTED: frozenset({State.FAILED}),
    State.SKIPPED: frozenset(),
    State.BLOCKED: frozenset({State.STOPPING}),
    State.FAILED: frozenset({State.STOPPING, State.STOPPED, State.FAILED}),
    State.STOPPING: frozenset({State.STOPPED, State.FAILED}),
    State.STOPPED: frozenset(),
}


class Mark(StrEnum):
    """What happened to a step, where an event is about one."""

    BEGUN = "begun"
    DONE = "done"
    RETRIED = "retried"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Event(NamedTuple):
    """One transition of one driver, or something that happened to one step of it (``phase`` and ``mark`` set).

    ``at`` is in seconds since the run began. Of a driver that is ready, ``retried`` says that it begins again by
    itself, and ``done`` that it is ready again.
    """

    at: float
    driver: str
    state: State
    phase: str | None = None
    mark: Mark | None = None
    reason: str = ""


class Outcome(NamedTuple):
    """What became of one driver.

    ``state`` is what the start brought it to: ``starting`` where it was cut short. Of a run that is asked how it stands
    now, ``state`` is where the driver stands, ``stopping`` for example, and ``reached`` what the start brought it to,
    where that is another. ``stopped`` says whether it was stopped afterwards, ``begun`` whether a phase of it began.
    ``cause`` names the drivers that blocked it, because they failed or were skipped: empty for a root cause.
    ``ignored`` marks a failure that counts as ready. ``timings`` are the seconds that its phases took, of those that
    were done. ``stragglers`` are the calls that did not end when they were told to. ``traceback`` says where the driver
    raised what failed it, or its stop: text, empty where no code of its own did.
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

    @property
    def start_state(self) -> State:
        """What the start brought it to, whatever its stop did since."""
        return self.reached or self.state


#: What most outcomes are like, but for the driver.
_PLAIN = (State.READY, "", (), 0.0, False, "", True, False, (0.0,), (), "", None)


class Outcomes(Sequence[Outcome]):
    """The outcomes of a plan's drivers, in its order; of all but the ``notable`` ones there is only that they came up.

    Those are made when somebody asks for them; most runs of thousands end with nobody who does.
    """

    def __init__(self, plan: Plan, notable: tuple[Outcome, ...]) -> None:
        self.plan = plan
        self.notable = notable

    @cached_property
    def _all(self) -> tuple[Outcome, ...]:
        notable = {outcome.driver: outcome for outcome in self.notable}
        names = (name for tier in self.plan.tiers for name in tier.drivers)
        return tuple([notable.get(name) or tuple.__new__(Outcome, (name, *_PLAIN)) for name in names])

    @overload
    def __getitem__(self, place: int) -> Outcome: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Outcome, ...]: ...
    def __getitem__(self, place: int | slice) -> Outcome | tuple[Outcome, ...]:
        return self._all[place]

    def __len__(self) -> int:
        return len(self.plan.drivers)

    def __eq__(self, other: object) -> bool:
        return self._all == (other._all if isinstance(other, Outcomes) else other)

    def __hash__(self) -> int:
        return hash(self._all)

    def __repr__(self) -> str:
        return repr(self._all)


class Report(Value):
    """What came out of a run: an outcome for each driver of the plan, in the plan's order.

    ``interrupted`` says that a stop came before all was ready; ``problem`` is what went wrong with the run as a whole;
    ``notes`` are what went wrong beside it. ``engine`` is what executed it.
    """

    plan: Plan
    outcomes: Sequence[Outcome]
    interrupted: bool = False
    problem: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    engine: str = "local"

    @property
    def _telling(self) -> Sequence[Outcome]:
        """The outcomes, perhaps without those that are plainly ready."""
        return self.outcomes.notable if isinstance(self.outcomes, Outcomes) else self.outcomes

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
        """The drivers that failed by themselves."""
        return tuple(outcome for outcome in self._telling if outcome.start_state is State.FAILED)

    @property
    def blocked(self) -> tuple[Outcome, ...]:
        """The drivers that did not become ready because of others."""
        return tuple(outcome for outcome in self._telling if outcome.start_state is State.BLOCKED)

    @property
    def nothing_up(self) -> bool:
        """Whether no driver came up: each was skipped, or failed and that was ignored."""
        if len(self._telling) < len(self.outcomes):
            return False
        return all(outcome.start_state is State.SKIPPED or outcome.ignored for outcome in self._telling)

    @property
    def blocking_skips(self) -> tuple[Outcome, ...]:
        """The drivers that were skipped, and blocked others by that."""
        causes = {cause for outcome in self.blocked for cause in outcome.cause}
        return tuple(one for one in self._telling if one.start_state is State.SKIPPED and one.driver in causes)

    @property
    def ready(self) -> bool:
        """Whether the start brought every driver to where it counts as ready, with no problem on the way.

        That no driver came up is such a problem, unless the run was allowed to be empty.
        """
        states = {outcome.start_state for outcome in self._telling if not outcome.ignored}
        return all(state.opens for state in states) and not self.problem and not self.interrupted

    @property
    def ok(self) -> bool:
        """Whether every driver became ready, adopted or skipped, but for ignored failures, and every stop went well."""
        return self.ready and not any(outcome.stop_error for outcome in self._telling)

    @property
    def durations(self) -> dict[str, float]:
        """What each step took, by ``driver:phase``: what a later run under a limit goes by."""
        return {
            str(step): seconds
            for outcome in self.outcomes
            for step, seconds in zip(self.plan.drivers[outcome.driver].steps, outcome.timings, strict=False)
        }
