"""One run is written down while it goes on."""

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

from tierdeps.journal.batch import Batch
from tierdeps.journal.outlining import outline_of
from tierdeps.journal.value import Ending
from tierdeps.journal.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tierdeps.journal.outline import Outline
    from tierdeps.journal.value import RunInfo
    from tierdeps.model import Event, Plan, Report
    from tierdeps.reporters import Reporter
else:  # reporters stand above the journal; it is enough to have their methods
    Reporter = object

#: So much space is set aside for the end of a run, in bytes.
ASIDE = 1 << 16
#: How long the last write of a run is waited for, in seconds.
END_S = 5.0
#: How long to wait until what was told so far is written, where that matters, and how often it is looked, in seconds.
SETTLE_S, LOOK_S = 2.0, 0.002


class Recorder(Reporter):
    """A reporter that has a run written to the journal; made by ``Journal.begin``.

    Events are kept until the loop's turn is over and then handed to the writer in one batch: what was written survives
    the end of this process by any signal. Nothing here waits but ``finish`` and ``sync``, which are not for the loop.
    """

    def __init__(self, path: Path, run: int, outline: Outline, info: RunInfo) -> None:
        self.run = run
        self._path = path
        self._flat: list[Any] = []
        self._facts: dict[str, float | str] = {}
        self._plan: tuple[Outline, str] | None = None
        self._waits = False
        #: Whether the start is over, and whether the run is.
        self._started = self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        #: What is to be said of the journal, by whichever thread; it is said in the loop's, or by ``finish``.
        self._unsaid: deque[str] = deque()
        self.writer = Writer(path, run, outline, info, self._say)
        #: Lets go of the space that was set aside for the end; once, and with the recorder at the latest.
        aside = set_aside(path.parent)
        self._give_back: Callable[[], object] = finalize(self, os.close, aside) if aside >= 0 else lambda: None
        self.writer.make_room = self._give_back
        #: Told, in a sentence, what cannot be written.
        self.tell: Callable[[str], None] = getLogger("tierdeps.journal").warning

    def run_started(self, plan: Plan) -> None:
        """Record when it really began."""
        del plan
        self._take_down(ticks=time.monotonic())

    def event(self, event: Event) -> None:
        """Keep it until the turn is over."""
        self.take(event)

    def take(self, fields: tuple[Any, ...]) -> None:
        """Keep the fields of events until the turn is over."""
        self._flat.extend(fields)
        if not self._waits:
            self._schedule()

    def raised(self, driver: str, traceback: str) -> None:
        """Do not keep it: the journal has the sentence."""

    def start_ended(self, report: Report) -> None:
        """Record how the start went; of a reload, only how the run stands since."""
        facts = {} if self._started else {"start_seconds": report.seconds, "ready_at": time.time()}
        self._started = True
        self._take_down(**facts, ending=_ending(report))

    def run_ended(self, report: Report) -> None:
        """Record what came out; where there is no room for all, that alone."""
        self._ended = True
        self._take_down(ended_at=time.time(), ending=_ending(report))

    def plan_changed(self, plan: Plan) -> None:
        """Record that the run goes on with another plan."""
        self._plan = outline_of(plan), plan.digest
        self.flush()

    def moved(self, info: RunInfo) -> None:
        """Take down that the run goes by another path now."""
        self._take_down(info=json.dumps(info._asdict()))

    def _take_down(self, **facts: float | str) -> None:
        """Have written at once what is known of the run as a whole, by column."""
        self._facts.update(facts)
        self.flush()

    def flush(self) -> None:
        """Hand what was kept to the writer."""
        self._waits = False
        if self._flat or self._facts or self._plan:
            self.writer.put(Batch(self._flat, self._facts, self._plan))
            self._flat, self._facts, self._plan = [], {}, None

    def _schedule(self) -> None:
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:  # nothing turns: each event by itself
            self.flush()
            return
        self._waits = True
        self._loop.call_soon(self.flush)

    async def settle(self, seconds: float = SETTLE_S) -> bool:
        """Let the loop go on until all is written that was told so far, or the time is over; return whether it is."""
        self.flush()
        until = time.monotonic() + seconds
        while not self.writer.is_idle:
            if time.monotonic() > until:
                return False
            await asyncio.sleep(LOOK_S)
        return True

    def sync(self, seconds: float = END_S) -> bool:
        """Wait until all is written that was told so far; return whether it is."""
        self.flush()
        return self.writer.wait(seconds)

    def finish(self, seconds: float = END_S) -> None:
        """Have the rest written, wait for that no longer than so many seconds, and say what the journal lacks."""
        self.flush()
        written = self.writer.close(seconds)
        self._give_back()
        self._loop = None
        self._say_all()
        if self._ended and not written:
            self._ended = False
            self.tell(f"the journal {self._path} does not know that this run ended: status will say it was killed")

    def _say(self, problem: str) -> None:
        self._unsaid.append(problem)
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: it is said at the end
                self._loop.call_soon_threadsafe(self._say_all)

    def _say_all(self) -> None:
        while self._unsaid:
            self.tell(self._unsaid.popleft())


def set_aside(folder: Path) -> int:
    """Set space aside that nobody else gets, and that no end of this process leaves behind; -1 where that cannot be."""
    try:
        aside = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        return -1
    with suppress(OSError):
        os.posix_fallocate(aside, 0, ASIDE)
    return aside


def _ending(report: Report) -> str:
    return dump_ending(
        Ending(report.ready, report.ok, report.interrupted, report.problem, report.notes, report.seconds)
    )


def dump_ending(ending: Ending) -> str:
    """Return an ending as text."""
    return json.dumps(ending)
