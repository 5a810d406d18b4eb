"""The outcome of each object of one kind: recorded once, and logged immediately."""

from __future__ import annotations

from enum import StrEnum
from logging import INFO, WARNING
from threading import Lock
from typing import TYPE_CHECKING

from tierdeps import RunError

if TYPE_CHECKING:
    from logging import Logger

    from tierdeps_libvirt._library import Startable


class Outcome(StrEnum):
    """The outcome of an object, as it is logged."""

    ACTIVE = "was active already"
    STARTED = "started"
    FAILED = "failed"


class Tally:
    """The started objects in the order of their start, and the others with the reason."""

    def __init__(self, noun: str = "", logger: Logger | None = None) -> None:
        self.started: list[Startable] = []
        self.failed: dict[str, str] = {}
        self._noun = noun
        self._logger = logger
        self._settled: set[str] = set()
        self._lock = Lock()

    def settle(self, item: Startable, outcome: Outcome, why: str = "", *, runs: bool = False) -> None:
        """Record the outcome of an object, from any thread; the first one holds.

        One that failed and ``runs`` was started here, and counts among these too.
        """
        name = item.name()
        with self._lock:
            if name in self._settled:
                return
            self._settled.add(name)
            if outcome is Outcome.STARTED or (outcome is Outcome.FAILED and runs):
                self.started.append(item)
            if outcome is Outcome.FAILED:
                self.failed[name] = why
        if self._logger is not None:
            level = WARNING if outcome is Outcome.FAILED else INFO
            self._logger.log(level, "%s %s: %s", self._noun, name, why or outcome)

    def faults(self) -> list[str]:
        """Return a sentence for each that failed."""
        return [f"{self._noun} {name}: {why}" for name, why in sorted(self.failed.items())]

    def check(self) -> None:
        """Raise RunError, which names all objects that failed, and why."""
        if self.failed:
            raise RunError("; ".join(self.faults()))
