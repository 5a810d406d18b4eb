"""Reporters that come and go while a run is on."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tierdeps.model import Event, Plan, Report


class Relay(Reporter):
    """Passes on what it is told to those who listen at the moment; ``on_began`` is called when the run begins."""

    def __init__(self, on_began: Callable[[], None] = lambda: None) -> None:
        self._on_began = on_began
        self._plan: Plan | None = None
        self._listeners: list[Reporter] = []

    def add(self, listener: Reporter) -> None:
        """Let somebody listen from now on."""
        self._listeners.append(listener)
        if self._plan is not None:
            listener.run_began(self._plan)

    def remove(self, listener: Reporter) -> None:
        """Let somebody go."""
        with suppress(ValueError):
            self._listeners.remove(listener)

    def run_began(self, plan: Plan) -> None:
        """Pass it on."""
        self._plan = plan
        for listener in self._each():
            listener.run_began(plan)
        self._on_began()

    def event(self, event: Event) -> None:
        """Pass it on."""
        for listener in self._each():
            listener.event(event)

    def raised(self, driver: str, traceback: str) -> None:
        """Pass it on."""
        for listener in self._each():
            listener.raised(driver, traceback)

    def start_ended(self, report: Report) -> None:
        """Pass it on."""
        for listener in self._each():
            listener.start_ended(report)

    def plan_changed(self, plan: Plan) -> None:
        """Pass it on."""
        self._plan = plan
        for listener in self._each():
            listener.plan_changed(plan)

    def run_ended(self, report: Report) -> None:
        """Pass it on."""
        for listener in self._each():
            listener.run_ended(report)

    def _each(self) -> Iterator[Reporter]:
        return iter(tuple(self._listeners))
