"""Reporters listen to runs; one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps.model import Event, Plan, Report


class Reporter:
    """Listens to one run; override what is of interest. Called on the run's event loop, so it must not block."""

    def run_began(self, plan: Plan) -> None:
        """Take note that a plan is about to be started."""

    def event(self, event: Event) -> None:
        """Take note of what happened to one driver."""

    def start_ended(self, report: Report) -> None:
        """Take note that the start is over, or a reload, and that what it brought up goes on running."""

    def plan_changed(self, plan: Plan) -> None:
        """Take note that the run goes on with another plan: of a reload, or of one that is taken back."""

    def run_ended(self, report: Report) -> None:
        """Take note of what came out: nothing of the run goes on. Called last."""
