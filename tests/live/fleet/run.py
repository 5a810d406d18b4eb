"""A start that goes on, followed by its events."""

from __future__ import annotations

import json
from threading import Thread
from typing import TYPE_CHECKING, Any

from tests.live.host.world import WorldError, until
from tierdeps import StepEvent

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable, Mapping

#: The longest that anything takes on a busy machine, in seconds.
LONG_S = 150.0
UP = frozenset({"ready", "adopted"})


class Run:
    """``events`` are those so far; ``report`` is there once it has ended."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.events: list[dict[str, Any]] = []
        self.report: dict[str, Any] = {}
        self._said: list[str] = []
        self._process = process
        self._threads = [Thread(target=follow, daemon=True) for follow in (self._follow_events, self._follow_notes)]
        for thread in self._threads:
            thread.start()

    @property
    def states(self) -> Mapping[str, str]:
        """The state of each driver now."""
        return {event["driver"]: event["state"] for event in tuple(self.events)}

    @property
    def said(self) -> str:
        """What it wrote for people, and the last events: for the message of a test that fails."""
        return "\n".join([*self._said[-40:], *map(json.dumps, self.events[-40:])])

    def until(self, holds: Callable[[Mapping[str, str]], bool], what: str) -> None:
        """Wait until something holds for the states. Raises AssertionError if it does not, or the run ends before."""

        def is_over() -> bool:
            return holds(self.states) or self._process.poll() is not None

        try:
            until(is_over, what, LONG_S)
        except WorldError as error:
            raise AssertionError(f"{error}\n{self.said}") from None
        assert holds(self.states), f"not reached: {what}\n{self.said}"

    def until_up(self, drivers: Iterable[str]) -> None:
        """Wait until these drivers are up."""
        names = frozenset(drivers)
        self.until(lambda states: all(states.get(name) in UP for name in names), f"{sorted(names)} are up")

    @property
    def goes_on(self) -> bool:
        """Return whether it has not ended."""
        return self._process.poll() is None

    def ended(self) -> int:
        """Wait for the end; return the exit code."""
        code = self._process.wait(LONG_S)
        for thread in self._threads:
            thread.join(LONG_S)
        return code

    def at(self, driver: str, state: str) -> float:
        """Return when a driver was last in a state, in seconds since the start."""
        return float(next(e["at"] for e in reversed(self.events) if (e["driver"], e["state"]) == (driver, state)))

    def starts(self, driver: str) -> int:
        """Return how often a driver was started."""
        return sum(e["driver"] == driver and e["state"] == "starting" and not e["mark"] for e in tuple(self.events))

    def began(self, driver: str, phase: str) -> float:
        """Return when a phase of a driver was last started, in seconds since the start."""
        wanted = (driver, phase, StepEvent.STARTED)
        return float(next(e["at"] for e in reversed(self.events) if (e["driver"], e["phase"], e["mark"]) == wanted))

    def _follow_events(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                found = json.loads(line)
                if found["schema"].startswith("tierdeps/event/"):
                    self.events.append(found)
                else:
                    self.report = found

    def _follow_notes(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            self._said.extend(line.rstrip() for line in lines)
