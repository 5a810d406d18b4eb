"""What comes out of a run: states, events while it goes on, and the report at its end."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

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

    A failed or blocked driver is stopped where a phase of it had begun; an adopted one never is. One that was up fails
    when it is lost, and what requires it is blocked then. A starting one that is cut short before its phase did
    anything is pending again.
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


class Mark(StrEnum):
    """What happened to a step, where an event is about one."""

    BEGUN = "begun"
    DONE = "done"
    RETRIED = "retried"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Event(NamedTuple):
    """One transition of one driver, or something that happened to one step of it (``phase`` and ``mark`` set).

    ``at`` is in seconds since the run began.
    """

    at: float
    driver: str
    state: State
    phase: str | None = None
    mark: Mark | None = None
    reason: str = ""


class Outcome(NamedTuple):
    """What became of one driver.

    ``state`` is what the start brought it to: ``starting`` where it was cut short. ``stopped`` says whether it was
    stopped afterwards, ``begun`` whether a phase of it began. ``cause`` names the drivers whose failure blocked it:
    empty for a root cause. ``ignored`` marks a failure that counts as ready. ``timings`` are the seconds that its
    phases took, of those that were done. ``stragglers`` are the calls that did not end when they were told to.
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


#: What most outcomes are like, but for the driver.
_PLAIN = (State.READY, "", (), 0.0, False, "", True, False, (0.0,), ())


@dataclass(frozen=True)
class Report:
    """What came out of a run: an outcome for each driver of the plan, in the plan's order.

    ``interrupted`` says that a stop came before all was ready; ``problem`` is what went wrong with the run as a whole;
    ``notes`` are what went wrong beside it. ``engine`` is what executed it.
    """

    plan: Plan = field(repr=False)
    outcomes: tuple[Outcome, ...]
    interrupted: bool = False
    problem: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    engine: str = "local"

    def with_plain(self) -> Report:
        """Return a report in which every driver without an outcome came up at once: that is all there is to tell.

        Their outcomes are made when somebody asks for them; most runs of thousands end with nobody who does.
        """
        report = copy(self)
        vars(report)["_notable"] = vars(report).pop("outcomes")
        return report

    if not TYPE_CHECKING:  # where it would hide a misspelt name

        def __getattr__(self, name: str) -> Any:
            """Make what is missing; once."""
            if name != "outcomes":
                raise AttributeError(f"a report has no {name}")
            notable = {outcome.driver: outcome for outcome in self._notable}
            names = (name for tier in self.plan.tiers for name in tier.drivers)
            made = tuple([notable.get(name) or tuple.__new__(Outcome, (name, *_PLAIN)) for name in names])
            return vars(self).setdefault("outcomes", made)

    @property
    def _telling(self) -> tuple[Outcome, ...]:
        """The outcomes, perhaps without those that are plainly ready."""
        notable: tuple[Outcome, ...] | None = vars(self).get("_notable")
        return self.outcomes if notable is None else notable

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
        return tuple(outcome for outcome in self._telling if outcome.state is State.FAILED)

    @property
    def blocked(self) -> tuple[Outcome, ...]:
        """The drivers that did not become ready because of others."""
        return tuple(outcome for outcome in self._telling if outcome.state is State.BLOCKED)

    @property
    def ready(self) -> bool:
        """Whether the start brought every driver to where it counts as ready."""
        states = {outcome.state for outcome in self._telling if not outcome.ignored}
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
