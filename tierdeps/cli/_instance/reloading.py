"""A reload of the run in this process: asked for over its socket, or by SIGHUP."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from tierdeps._util.frozen import replace
from tierdeps.cli._instance.again import Start, current_folder, read_again
from tierdeps.cli._instance.observing import observed
from tierdeps.cli._instance.reload_words import difference_lines, document, outcome_lines
from tierdeps.cli._instance.telling import line_teller
from tierdeps.errors import DeadlineExceeded

if TYPE_CHECKING:
    from tierdeps.cli._instance.manner import Manner
    from tierdeps.cli._instance.relay import Relay
    from tierdeps.cli._session import Session, Wanted
    from tierdeps.control.messages import Reload as Request
    from tierdeps.control.server import ReplySink
    from tierdeps.executor import Executor
    from tierdeps.model import Plan
    from tierdeps.settings import Settings

FAILED = 4


class ConsoleSink:
    """Replies of a reload that a signal requested; its events are on the standard error anyway."""

    wants_events = False

    def __init__(self, session: Session) -> None:
        self._session = session

    def write(self, text: str) -> None:
        """Write a line to the standard error: the standard output is the answer of ``start``."""
        self._session.talk(text)

    def info(self, text: str) -> None:
        """Write a line unless ``--quiet`` hides it."""
        self._session.talk(text)

    def error(self, text: str) -> None:
        """Write a line in any case."""
        self._session.complain([text])


class Reloader:
    """Reloads one run, one reload after the other."""

    def __init__(self, session: Session, wanted: Wanted, manner: Manner, executor: Executor, relay: Relay) -> None:
        self._start = Start(session, wanted, manner, current_folder())
        self._manner = manner
        self._executor = executor
        self._relay = relay
        self._turn = asyncio.Lock()

    async def reload(self, request: Request, sink: ReplySink) -> int:
        """Read the graph and the settings again, and become what they say; return the exit code.

        Raises RunError where it is not the time for it.
        """
        if self._turn.locked():
            sink.info("note: another reload goes on, and this one waits for it")
        seconds = self._manner.deadline
        try:
            await asyncio.wait_for(self._turn.acquire(), 2 * seconds)
        except TimeoutError:
            raise DeadlineExceeded("the reload before this one", 2 * seconds) from None
        try:
            return await self._reload(request, sink)
        finally:
            self._turn.release()

    async def _reload(self, request: Request, sink: ReplySink) -> int:
        seconds = self._manner.deadline
        try:
            reading = await read_again(self._asked_for(request), seconds)
        except TimeoutError:
            raise DeadlineExceeded("reading the graph again", seconds) from None
        for line in reading.said:
            (sink.error if reading.code else sink.info)(line)
        if reading.plan is None or reading.settings is None:
            sink.error("nothing was touched: what runs goes on as it was")
            return reading.code
        if request.dry_run:
            return self._rehearse(reading.plan, reading.settings, request, sink)
        return await self._go_over(reading.plan, reading.settings, request, sink)

    def _asked_for(self, request: Request) -> Start:
        """Return what the run was started with, and what this reload allows beside it."""
        wanted = self._start.wanted
        allowed = replace(wanted, allow_empty=wanted.allow_empty or request.allow_empty)
        return self._start._replace(wanted=allowed)

    def _rehearse(self, plan: Plan, settings: Settings, request: Request, sink: ReplySink) -> int:
        reload = self._executor.difference(plan, settings)
        if request.format == "json":
            sink.write(json.dumps(document(plan, reload)))
        else:
            for line in difference_lines(reload, dry_run=True):
                sink.write(line)
        return 0

    async def _go_over(self, plan: Plan, settings: Settings, request: Request, sink: ReplySink) -> int:
        text = request.format == "text"
        if text:
            for line in difference_lines(self._executor.difference(plan, settings), dry_run=False):
                sink.write(line)
        listener = line_teller(sink.write, request.format, verbose=request.verbose)
        if sink.wants_events:
            self._relay.add(listener)
        try:
            reloaded = await self._executor.reload(plan, settings, allow_empty=request.allow_empty)
            if reloaded.ok:
                started = (plan.drivers[name] for name in reloaded.reload.to_start)
                reloaded = replace(reloaded, report=await observed(self._executor, started))
        finally:
            self._relay.remove(listener)
        if text:
            for line in outcome_lines(reloaded, verbose=request.verbose):
                sink.write(line)
        else:
            sink.write(json.dumps(document(plan, reloaded.reload, reloaded)))
        return 0 if reloaded.ok else FAILED
