"""All runs whose drivers a worker holds: which run may begin, and what becomes of one that is gone."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Literal

from tierdeps._util.masks import masked
from tierdeps.engines.fleet.held_run import HeldRun, engine_of
from tierdeps.engines.fleet.messages import Bye, Logged, Refused, Settled, Welcome, encode
from tierdeps.engines.fleet.versions import distributions_in, versions_of
from tierdeps.logs import CURRENT_DRIVER

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from tierdeps.engines import Engine
    from tierdeps.engines.fleet.messages import Hello, ToWorker

    #: What becomes of drivers whose run is gone for longer than the lease.
    OnLeaseEnd = Literal["stop", "leave"]

#: The loggers whose messages go to the run of the driver that their last part names.
LOGGERS = ("tierdeps.driver", "tierdeps.output")


class Holder:
    """The runs of one worker, on the loop of its drivers.

    ``engine_of`` returns the engine that makes a run's calls here, ``facts`` what this host states of itself
    now. ``ended`` is called with a session that is over.
    """

    def __init__(
        self,
        lease: float,
        on_lease_end: OnLeaseEnd,
        note: Callable[[str], None],
        engine_of: Callable[[Hello], Engine] = engine_of,
        facts: Callable[[], Mapping[str, bool]] = dict,
    ) -> None:
        self._lease = lease
        self._on_lease_end = on_lease_end
        self._note = note
        self._engine_of = engine_of
        self._facts = facts
        self._runs: dict[str, HeldRun] = {}
        self._lock = asyncio.Lock()
        self.ended: Callable[[str], object] = lambda _: None
        self._tasks: set[asyncio.Task[None]] = set()

    def forward_logs(self) -> None:
        """Send what drivers log in this process to their runs, from now on."""
        handler = _Forward(self._forward)
        for name in LOGGERS:
            logger = logging.getLogger(name)
            logger.setLevel(logging.INFO)
            logger.addHandler(handler)
            logger.propagate = False
        logging.getLogger().addHandler(handler)

    async def open(self, hello: Hello, send: Callable[[bytes], None]) -> Welcome | Refused:
        """Let a run begin, or continue an earlier one of the same instance."""
        async with self._lock:
            run = self._runs.get(hello.instance)
            if run is None:
                run = self._runs[hello.instance] = HeldRun(hello, send, self._engine_of(hello))
            elif not hello.attaches:
                self._note(f"taking over the drivers of an earlier run of {hello.instance}")
                await run.take_over(hello, send)
            if hello.attaches:
                return Welcome(self._lease, {}, held=await run.attach(hello.session, send))
        names = dict.fromkeys((*hello.distributions, *distributions_in(hello.packages)))
        facts = await self.facts() if hello.facts else {}
        asked = {name: facts[name] for name in hello.facts if name in facts}
        return Welcome(self._lease, versions_of(names), asked, held=run.up)

    async def facts(self) -> Mapping[str, bool]:
        """Return what this host states of itself now, by its plugins, which may take a while."""
        return await asyncio.to_thread(self._facts)

    def take(self, session: str, messages: Sequence[ToWorker]) -> None:
        """Handle messages of a run."""
        for message in messages:
            found = self._of(session)
            if found is None:
                return
            if isinstance(message, Bye):
                self._spawn(self._leave(session, keep=message.keep))
            else:
                found[1].take(message)

    def expire(self, session: str) -> None:
        """Treat the drivers of a run that is gone by the policy."""
        self._spawn(self._expire(session))

    async def close(self) -> None:
        """Stop all that is held, or leave it, by the policy."""
        async with self._lock:
            while self._runs:
                _, run = self._runs.popitem()
                await self._end(run)

    def _of(self, session: str) -> tuple[str, HeldRun] | None:
        return next((item for item in self._runs.items() if item[1].session == session), None)

    async def _leave(self, session: str, *, keep: bool) -> None:
        async with self._lock:
            found = self._of(session)
            if found is not None:
                instance, run = found
                if (keep and run.holds_any) or run.inherits_any:
                    run.session = None
                else:
                    del self._runs[instance]
                    await run.stop()  # a stop that did not arrive in time, or a call that goes on
                run.say(encode(Settled()))
            self.ended(session)

    async def _expire(self, session: str) -> None:
        async with self._lock:
            found = self._of(session)
            if found is None:
                return
            instance, run = found
            self._note(f"the run of {instance} is gone for longer than the lease of {self._lease:g} s")
            if self._on_lease_end == "leave":
                run.session = None
            else:
                del self._runs[instance]
                await run.stop()
                self._note(f"stopped the drivers of {instance}")

    async def _end(self, run: HeldRun) -> None:
        if self._on_lease_end == "stop":
            await run.stop()
        else:
            run.close()

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _forward(self, driver: str, message: Logged) -> None:
        runs = [run for run in self._runs.values() if run.has(driver) and run.session is not None]
        for run in runs:
            run.say(encode(message))
        if not runs:  # what it would be kept for may never come
            self._note(f"{driver}: {message.text}")


class _Forward(logging.Handler):
    """Sends what drivers log and print, in whichever way, and what their processes print, to their runs."""

    def __init__(self, forward: Callable[[str, Logged], None]) -> None:
        super().__init__(logging.INFO)
        self._forward = forward
        self._loop = asyncio.get_running_loop()
        #: That of no driver: what is printed about a message is no output of the driver that sent it.
        self._context = copy_context()

    def emit(self, record: logging.LogRecord) -> None:
        """Send a message; it may come from any thread."""
        prefix = next((f"{name}." for name in LOGGERS if record.name.startswith(f"{name}.")), None)
        text = masked(self.format(record))
        if prefix is not None:
            driver, message = record.name[len(prefix) :], Logged(record.name, record.levelno, text)
        elif driver := CURRENT_DRIVER.get():  # another logger, of a library that it uses
            message = Logged(f"{LOGGERS[0]}.{driver}", record.levelno, f"{record.name}: {text}")
        else:
            print(f"{record.name}: {text}", file=sys.stderr)  # noqa: T201  without a handler, logging would do so
            return
        with suppress(RuntimeError):  # the loop is closed: the worker ends
            self._loop.call_soon_threadsafe(self._forward, driver, message, context=self._context)
