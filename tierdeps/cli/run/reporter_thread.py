"""Reporters of plugins, each called in a thread of its own: one that blocks delays neither the run nor its end."""

from __future__ import annotations

from collections import deque
from threading import Condition, Thread
from typing import TYPE_CHECKING

from tierdeps.reporters import Reporter
from tierdeps.reporters.group import failure_note
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.model import Event, Plan, Report

#: At most so many calls are queued for a reporter; further events are dropped and counted.
MAX_QUEUED_CALLS = 100_000
#: How long ``close`` waits for the end of one call.
CLOSE_TIMEOUT_S = 3.0


class ReporterThread(Reporter):
    """Calls a reporter in order, in a thread; ``info`` prints what goes wrong with it.

    The first call in the queue is the one that runs: it is removed once it has returned, so that an empty queue means
    that everything has been reported.
    """

    def __init__(
        self, reporter: Reporter, info: Callable[[str], object], max_queued_calls: int = MAX_QUEUED_CALLS
    ) -> None:
        self._reporter = reporter
        self._name = type(reporter).__name__
        self._info = info
        self._max_queued_calls = max_queued_calls
        self._calls: deque[Callable[[], object]] = deque()
        self._changed = Condition()
        self._completed = 0
        self._dropped = 0
        self._closed = False
        Thread(target=self._work, name=f"tierdeps-{self._name}", daemon=True).start()

    def run_started(self, plan: Plan) -> None:
        """Queue the call."""
        self._add(lambda: self._reporter.run_started(plan))

    def event(self, event: Event) -> None:
        """Queue the call, unless too many are queued."""
        if len(self._calls) < self._max_queued_calls:
            self._add(lambda: self._reporter.event(event))
        else:
            self._dropped += 1

    def raised(self, driver: str, traceback: str) -> None:
        """Queue the call."""
        self._add(lambda: self._reporter.raised(driver, traceback))

    def start_ended(self, report: Report) -> None:
        """Queue the call."""
        self._add(lambda: self._reporter.start_ended(report))

    def plan_changed(self, plan: Plan) -> None:
        """Queue the call."""
        self._add(lambda: self._reporter.plan_changed(plan))

    def run_ended(self, report: Report) -> None:
        """Queue the call."""
        self._add(lambda: self._reporter.run_ended(report))

    def close(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Wait until all calls have returned; give up, and say so, once one takes longer than the timeout."""
        with self._changed:
            while self._calls and not self._closed:
                before = self._completed
                if not self._changed.wait_for(lambda: self._closed or self._completed != before, timeout_s):  # noqa: B023
                    self._info(
                        f"note: the reporter {self._name} did not finish within {timeout_s:g} s and is abandoned"
                    )
                    break
            self._closed = True
            self._changed.notify_all()
        if self._dropped:
            count = counted(self._dropped, "event")
            self._info(f"note: the reporter {self._name} missed {count}: it is too slow")

    def _add(self, call: Callable[[], object]) -> None:
        with self._changed:
            if not self._closed:
                self._calls.append(call)
                self._changed.notify_all()

    def _work(self) -> None:
        while call := self._next():
            try:
                call()
            except BaseException as error:  # noqa: BLE001  a plugin's reporter never breaks a run
                self._info(f"note: {failure_note(self._name, error)}")
                self._closed = True
            with self._changed:
                self._calls.popleft()
                self._completed += 1
                self._changed.notify_all()

    def _next(self) -> Callable[[], object] | None:
        """Wait for the next call; None if there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._calls or self._closed)
            return None if self._closed else self._calls[0]
