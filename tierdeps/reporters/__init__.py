"""Reporters listen to runs; one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from tierdeps.model import Event, Plan, Report


class Reporter:
    """Listens to one run; override what is of interest.

    An executor calls it on the run's event loop, so it must not block. ``tierdeps start`` calls reporters of plugins in
    a thread each, in the order of what happens, and waits at the end no longer than 3 s for one that does not get on.
    """

    def run_began(self, plan: Plan) -> None:
        """Take note that a plan is about to be started."""

    def event(self, event: Event) -> None:
        """Take note of what happened to one driver."""

    def raised(self, driver: str, traceback: str) -> None:
        """Take the traceback of an exception that a driver raised; the event that says what came of it follows."""

    def start_ended(self, report: Report) -> None:
        """Take note that the start is over, or a reload, and that what it brought up goes on running."""

    def plan_changed(self, plan: Plan) -> None:
        """Take note that the run goes on with another plan: of a reload, or of one that is taken back."""

    def run_ended(self, report: Report) -> None:
        """Take note of what came out: nothing of the run goes on. Called last."""


@runtime_checkable
class Taker(Protocol):
    """A reporter that only keeps what it is told: the fields of events do for it, and are told faster than events.

    Told of an event in either way, it asks nothing of the run, a stop for example.
    """

    def take(self, fields: tuple[Any, ...]) -> None:
        """Take note of one event or several, the fields of one after those of the other."""
        ...
