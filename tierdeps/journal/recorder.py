"""Records one run in the journal while it goes on."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import deque
from contextlib import suppress
from logging import getLogger
from typing import TYPE_CHECKING, Any
from weakref import finalize

from msgspec.structs import asdict, astuple

from tierdeps.journal.events import StringTable, pack, strings_of
from tierdeps.journal.plan_summary import summarize
from tierdeps.journal.run_info import RunOutcome
from tierdeps.journal.writer import PendingWrite, Writer
from tierdeps.reporters import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tierdeps.journal.plan_summary import PlanSummary
    from tierdeps.journal.run_info import RunInfo
    from tierdeps.model import Event, Plan, Report

#: The disk space that is reserved for recording the end of a run, in bytes.
RESERVED_BYTES = 1 << 16
#: How long ``finish`` waits for the last write of a run.
FINISH_TIMEOUT_S = 5.0
#: How long ``settle`` lets the event loop run until everything is written, and how often it checks.
SETTLE_TIMEOUT_S, SETTLE_POLL_S = 2.0, 0.002


class Recorder(Reporter):
    """A reporter that records a run in the journal; made by ``Journal.start_run``.

    Events are collected until the turn of the event loop is over, then packed and handed to the writer thread as one
    batch. They are packed here and not by the thread: it would share all these small objects with the event loop, and
    two processors that take turns with the same objects take twice as long. What was written survives any end of this
    process. No method waits, except ``finish`` and ``sync``, which must not be called in the event loop.
    """

    def __init__(self, path: Path, run: int, summary: PlanSummary, info: RunInfo) -> None:
        self.run = run
        self._path = path
        self._strings = StringTable(strings_of(summary))
        #: The fields of the events of this turn, one after the other.
        self._flat: list[Any] = []
        self._facts: dict[str, float | str] = {}
        self._plan: tuple[PlanSummary, str] | None = None
        self._flush_scheduled = False
        #: Whether the start is over, and whether the run is.
        self._started = self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        #: Warnings from either thread; ``warn`` is called in the event loop, or by ``finish``.
        self._warnings: deque[str] = deque()
        self.writer: Writer = Writer(path, run, summary, info, self._warn)
        reserve = reserve_space(path.parent)
        #: Frees the reserved space, at most once. As a finalizer it also does so when a recorder is dropped without
        #: ``finish``; it must not refer to the recorder, which would then never be collected.
        self._free_reserve: Callable[[], object] = finalize(self, os.close, reserve) if reserve >= 0 else lambda: None
        self.writer.make_room = self._free_reserve
        #: Called with a sentence about what cannot be recorded.
        self.warn: Callable[[str], None] = getLogger("tierdeps.journal").warning

    def run_started(self, plan: Plan) -> None:
        """Record the moment from which the times of events count."""
        del plan
        self._record_now(started_monotonic=time.monotonic())

    def event(self, event: Event) -> None:
        """Keep an event until the turn of the loop is over."""
        self._flat.extend(astuple(event))
        if not self._flush_scheduled:
            self._schedule_flush()

    def raised(self, driver: str, traceback: str) -> None:
        """Ignore a traceback: the journal has the sentence."""

    def start_ended(self, report: Report) -> None:
        """Record the outcome of the start; after a reload, only how the run is since."""
        facts = {} if self._started else {"start_seconds": report.seconds, "ready_at": time.time()}
        self._started = True
        self._record_now(**facts, outcome=_outcome(report))

    def run_ended(self, report: Report) -> None:
        """Record the outcome of the run; if there is no room for all, that alone."""
        self._ended = True
        self._record_now(ended_at=time.time(), outcome=_outcome(report))

    def plan_changed(self, plan: Plan) -> None:
        """Record that the run goes on with another plan."""
        self._plan = summarize(plan), plan.digest
        self.flush()

    def path_changed(self, info: RunInfo) -> None:
        """Record that the name of the run leads to another path now."""
        self._record_now(info=json.dumps(asdict(info)))

    def _record_now(self, **facts: float | str) -> None:
        """Hand columns of the run's row to the writer at once, after the events before them."""
        self._facts.update(facts)
        self.flush()

    def flush(self) -> None:
        """Pack what was kept, and hand it to the writer."""
        self._flush_scheduled = False
        if self._flat or self._facts or self._plan:
            batch = pack(self._flat, self._strings) if self._flat else None
            self.writer.put(PendingWrite(batch, self._strings.take_added(), self._facts, self._plan))
            self._flat, self._facts, self._plan = [], {}, None

    def _schedule_flush(self) -> None:
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:  # no loop is running: each event is a batch
            self.flush()
            return
        self._flush_scheduled = True
        self._loop.call_soon(self.flush)

    async def settle(self, seconds: float = SETTLE_TIMEOUT_S) -> bool:
        """Let the loop run until all is written that was reported so far, or the time is over; return whether it is."""
        self.flush()
        until = time.monotonic() + seconds
        while not self.writer.is_idle:
            if time.monotonic() > until:
                return False
            await asyncio.sleep(SETTLE_POLL_S)
        return True

    def sync(self, seconds: float = FINISH_TIMEOUT_S) -> bool:
        """Wait until all is written that was reported so far; return whether it is."""
        self.flush()
        return self.writer.wait(seconds)

    def finish(self, seconds: float = FINISH_TIMEOUT_S) -> None:
        """Write the rest, wait for that no longer than so many seconds, and warn of what the journal lacks."""
        self.flush()
        written = self.writer.close(seconds)
        self._free_reserve()
        self._loop = None
        self._give_warnings()
        if self._ended and not written:
            self._ended = False
            self.warn(f"the journal {self._path} has no end of this run: tierdeps status will report it as killed")

    def _warn(self, problem: str) -> None:
        self._warnings.append(problem)
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: finish warns
                self._loop.call_soon_threadsafe(self._give_warnings)

    def _give_warnings(self) -> None:
        while self._warnings:
            self.warn(self._warnings.popleft())


def reserve_space(folder: Path) -> int:
    """Reserve disk space in an unnamed file, which the system frees with the process; return its descriptor or -1."""
    reserve = -1
    with suppress(OSError):
        reserve = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        os.posix_fallocate(reserve, 0, RESERVED_BYTES)
    return reserve


def _outcome(report: Report) -> str:
    problem = "; ".join(filter(None, (report.problem, *report.plan.problems)))
    ok = report.ok  # which says that it is ready, too
    outcome = RunOutcome(ok or report.ready, ok, report.interrupted, problem, report.notes, report.seconds)
    return json.dumps(astuple(outcome))
