"""Reporters of plugins, each called in a thread of its own: one that blocks holds neither the run nor its end up."""

from __future__ import annotations

from collections import deque
from threading import Condition, Thread
from typing import TYPE_CHECKING

from tierdeps.executor.telling import describe
from tierdeps.reporters import Reporter
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.model import Event, Plan, Report

#: So many calls wait for a reporter at most; events beyond are not told, and counted.
KEPT = 100_000
#: So long the end waits for a reporter that does not get on, in seconds.
PATIENCE = 3.0


class Apart(Reporter):
    """Passes on what it is told, in order, in a thread; ``talk`` says what went wrong with the reporter."""

    def __init__(self, reporter: Reporter, talk: Callable[[str], object], kept: int = KEPT) -> None:
        self._reporter = reporter
        self._name = type(reporter).__name__
        self._talk = talk
        self._kept = kept
        self._calls: deque[Callable[[], object]] = deque()
        self._changed = Condition()
        self._made = 0
        self._untold = 0
        self._over = False
        Thread(target=self._work, name=f"tierdeps-{self._name}", daemon=True).start()

    def run_began(self, plan: Plan) -> None:
        """Pass it on."""
        self._add(lambda: self._reporter.run_began(plan))

    def event(self, event: Event) -> None:
        """Pass it on, unless too much waits."""
        if len(self._calls) < self._kept:
            self._add(lambda: self._reporter.event(event))
        else:
            self._untold += 1

    def raised(self, driver: str, traceback: str) -> None:
        """Pass it on."""
        self._add(lambda: self._reporter.raised(driver, traceback))

    def start_ended(self, report: Report) -> None:
        """Pass it on."""
        self._add(lambda: self._reporter.start_ended(report))

    def plan_changed(self, plan: Plan) -> None:
        """Pass it on."""
        self._add(lambda: self._reporter.plan_changed(plan))

    def run_ended(self, report: Report) -> None:
        """Pass it on."""
        self._add(lambda: self._reporter.run_ended(report))

    def end(self, patience: float = PATIENCE) -> None:
        """Wait until all is told, as long as the reporter gets on, and say so where it does not."""
        with self._changed:
            while self._calls and not self._over:
                before = self._made
                if not self._changed.wait_for(lambda: self._over or self._made != before, patience):  # noqa: B023
                    self._talk(f"note: the reporter {self._name} takes longer than {patience:g} s, and is left")
                    break
            self._over = True
            self._changed.notify_all()
        if self._untold:
            count = counted(self._untold, "event")
            self._talk(f"note: the reporter {self._name} was not told of {count}: it is too slow")

    def _add(self, call: Callable[[], object]) -> None:
        with self._changed:
            if not self._over:
                self._calls.append(call)
                self._changed.notify_all()

    def _work(self) -> None:
        while call := self._next():
            try:
                call()
            except BaseException as error:  # noqa: BLE001  a plugin's reporter never breaks a run
                self._talk(f"note: the reporter {self._name} raised {describe(error)}, and was told nothing more")
                self._over = True
            with self._changed:
                self._calls.popleft()
                self._made += 1
                self._changed.notify_all()

    def _next(self) -> Callable[[], object] | None:
        """Wait for the next call; None where there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._calls or self._over)
            return None if self._over else self._calls[0]
