"""The stop of drivers that workers still hold for a run whose process is gone, in reverse order over all hosts."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

from tierdeps._util.frozen import Value
from tierdeps.engines.fleet.messages import Bye, Hello, Logged, Reply, Undo, encode
from tierdeps.engines.fleet.options import DEFAULT_HOST, quiet_dask
from tierdeps.logs import logger_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tierdeps.engines import TlsFiles
    from tierdeps.engines.fleet.messages import ToEngine, Welcome


class HeldDriver(Value):
    """A driver that may be held, its host if it has one, and how long its stop may take in seconds."""

    name: str
    host: str | None
    seconds: float

    @property
    def where(self) -> str:
        """The host of its worker."""
        return self.host or DEFAULT_HOST


class HeldReport(Value):
    """What became of the stop of a driver: ``held`` says whether its worker held it, ``problem`` what went wrong."""

    driver: HeldDriver
    held: bool = True
    problem: str = ""


class _Worker:
    """What is known of the worker of a host."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.welcome: asyncio.Future[tuple[str, ...] | None] = loop.create_future()
        self.lost = ""
        self.pending: dict[int, asyncio.Future[str]] = {}


class _Workers:
    """Takes what the connections report."""

    def __init__(self, hosts: Iterable[str]) -> None:
        self.by_host = {host: _Worker() for host in hosts}

    def opened(self, host: str, welcome: Welcome) -> None:
        """Record which drivers a worker holds."""
        self.by_host[host].welcome.set_result(welcome.held)

    def received(self, host: str, messages: Sequence[ToEngine]) -> None:
        """Take the ends of stops, and what drivers log meanwhile."""
        for message in messages:
            self._received(host, message)

    def _received(self, host: str, message: ToEngine) -> None:
        if isinstance(message, Reply) and (reply := self.by_host[host].pending.pop(message.number, None)):
            failure = message.failure
            reply.set_result(str(message.result or "") if failure is None else failure.message)
        elif isinstance(message, Logged):
            logger_of(message.logger).log(message.level, "%s", message.text)

    def lost(self, host: str, reason: str, *, ended: bool = False) -> None:  # noqa: ARG002  either way it cannot be asked
        """Fail what waits for a worker."""
        worker = self.by_host[host]
        worker.lost = reason
        if not worker.welcome.done():
            worker.welcome.set_result(None)
        for reply in worker.pending.values():
            reply.set_result(reason)
        worker.pending.clear()


class HeldStop:
    """Stops what is held for an instance; made on a running loop. ``started`` is called with each driver it stops."""

    def __init__(
        self, scheduler: str, tls: TlsFiles | None, instance: str, started: Callable[[HeldDriver], object]
    ) -> None:
        self._scheduler = scheduler
        self._tls = tls
        self._instance = instance
        self._started = started
        self._numbers = count(1)

    async def stop(self, stages: Sequence[Sequence[HeldDriver]], ended: Callable[[HeldReport], object]) -> None:
        """Stop stage after stage, the last one first; ``ended`` is called with each report."""
        from tierdeps.engines.fleet.fleet import Fleet

        quiet_dask()
        session = uuid4().hex
        workers = _Workers({one.where for stage in stages for one in stage})
        links = Fleet(self._scheduler, self._tls).links(workers)
        for host in workers.by_host:
            links.open(host, Hello(f"{session}@{host}", f"{self._instance}@{host}", (), (), 0.0, attaches=True))
        try:
            await asyncio.wait([worker.welcome for worker in workers.by_host.values()])
            for stage in reversed(stages):
                stops = [self._stop(one, workers.by_host[one.where], links.post) for one in stage]
                for stopped in asyncio.as_completed(stops):
                    ended(await stopped)
        finally:
            await links.leave(encode(Bye(keep=True)))  # what was not stopped is held as before

    async def _stop(self, driver: HeldDriver, worker: _Worker, post: Callable[[str, bytes], object]) -> HeldReport:
        if worker.lost:
            return HeldReport(driver, problem=worker.lost)
        if driver.name not in (worker.welcome.result() or ()):
            return HeldReport(driver, held=False)
        self._started(driver)
        number = next(self._numbers)
        reply: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        worker.pending[number] = reply
        post(driver.where, encode(Undo(number, driver.name, driver.seconds)))
        return HeldReport(driver, problem=await reply)
