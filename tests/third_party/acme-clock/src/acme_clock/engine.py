"""An engine that makes the calls of drivers in a worker process, which might as well be on another host."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import suppress
from itertools import count
from threading import Thread
from typing import IO, TYPE_CHECKING

from acme_clock.messages import Cancel, Invoke, Load, Noticed, Reply, line, to_engine
from tierdeps import RemoteError, RemoteFailure, remote_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps import DriverSpec, RemoteCall, RemoteNotice


class WorkerSession:
    """The worker process of one run."""

    def __init__(self, notify: Callable[[RemoteNotice], None]) -> None:
        self._notify = notify
        self._loop = asyncio.get_running_loop()
        self._numbers = count(1)
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self._ended = False
        worker = [sys.executable, "-m", "acme_clock.worker"]
        self._process = subprocess.Popen(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input = self._process.stdin
        Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()

    async def load(self, driver: DriverSpec) -> bool:
        """Load a lifecycle in the worker."""
        return bool(await self._request(Load(next(self._numbers), driver)))

    async def call(self, call: RemoteCall) -> object:
        """Make a call in the worker."""
        return await self._request(Invoke(next(self._numbers), call))

    def close(self) -> None:
        """Close the worker's standard input, at whose end it exits."""
        self._input.close()
        self._process.wait(timeout=10)

    async def _request(self, request: Load | Invoke) -> object:
        reply = self._replies[request.number] = self._loop.create_future()
        self._send(request)
        try:
            ended = await asyncio.shield(reply)
        except asyncio.CancelledError:
            self._send(Cancel(request.number))
            await reply  # the call must have ended before the driver's next one
            raise
        if ended.failure is not None:
            raise ended.failure.error()
        return ended.result

    def _send(self, message: Load | Invoke | Cancel) -> None:
        if self._ended:
            raise RemoteError("the worker process has ended")
        with suppress(BrokenPipeError):  # then its replies fail too
            self._input.write(line(message))

    def _read(self, messages: IO[bytes]) -> None:
        for text in messages:
            self._loop.call_soon_threadsafe(self._take, to_engine.decode(text))
        with suppress(RuntimeError):  # the loop is closed: the run has ended
            self._loop.call_soon_threadsafe(self._fail_all)

    def _take(self, message: Reply | Noticed) -> None:
        if isinstance(message, Noticed):
            self._notify(message.notice)
        else:
            self._replies.pop(message.number).set_result(message)

    def _fail_all(self) -> None:
        self._ended = True
        while self._replies:
            number, reply = self._replies.popitem()
            reply.set_result(Reply(number, failure=RemoteFailure("the worker process has ended")))


ENGINE = remote_engine("acme-worker", "makes calls in a worker process", WorkerSession)
