"""Reporters: what is called with the events of a run; one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps.model import Event, Plan, Report


class Reporter:
    """The base of reporters: its methods do nothing, so override those that matter. One instance serves one run.

    An executor calls it on the run's event loop, so it must not block. ``tierdeps start`` calls reporters of plugins in
    a thread each, in the order of events, and waits at the end up to 3 s for a call that has not returned.
    """

    def run_started(self, plan: Plan) -> None:
        """Record that a plan is about to be started; called first."""

    def event(self, event: Event) -> None:
        """Record what happened to one driver."""

    def raised(self, driver: str, traceback: str) -> None:
        """Record the traceback of an exception that a driver raised; the event with its consequence follows."""

    def start_ended(self, report: Report) -> None:
        """Record that the start, or a reload, is complete, and that the run goes on."""

    def plan_changed(self, plan: Plan) -> None:
        """Record that the run goes on with another plan: that of a reload, or the former one if a reload failed."""

    def run_ended(self, report: Report) -> None:
        """Record the outcome: nothing of the run goes on. Called last."""
