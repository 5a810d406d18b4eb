"""The questions of checks: each is asked once for all drivers that ask it at about the same time.

Each address has one connection and one thread, which ends once nothing was asked for a while. libvirt cannot be
interrupted where it hangs. Then that thread waits until its daemon answers or ends, nothing more is asked meanwhile,
and what the checks want to know is unknown.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from tierdeps import HealthUnknownError, Value, field
from tierdeps_libvirt._connection import may_ask
from tierdeps_libvirt._library import sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import Logger
    from pathlib import Path

    from tierdeps_libvirt._library import Connection, Library

Answer = TypeVar("Answer")
#: Answers that are older are forgotten, in seconds.
FRESH_S = 1.0
#: The connection is closed once nothing was asked for so long, in seconds; longer than most intervals of checks.
IDLE_S = 60.0
HANGS = "it did not answer for {:.3g} s"


class NotRunningError(Exception):
    """A daemon would be started by a connection, and would look for its running guests."""


class Question(Value, Generic[Answer]):
    """A question about all objects of a kind, or one of them; those with the same ``key`` have the same answer."""

    key: tuple[str, ...]
    ask: Callable[[Connection], Answer]


class Reply(Value):
    """An answer and when it came, or why there is none."""

    answer: object = None
    problem: str = ""
    at: float = field(default_factory=monotonic)


class Monitor:
    """Asks at one address."""

    def __init__(self, library: Library, uri: str, root: Path) -> None:
        self._library = library
        self._uri = uri
        self._root = root
        self._connection: Connection | None = None
        self._changed = Condition()
        #: The questions that are not answered, in their order, and what waits for each.
        self._open: dict[tuple[str, ...], set[asyncio.Future[Reply]]] = {}
        self._queue: deque[Question[object]] = deque()
        self._replies: dict[tuple[str, ...], Reply] = {}
        self._has_thread = False
        #: Since when the thread waits for an answer; None while it does not.
        self._busy_since: float | None = None
        #: Since when libvirt does not answer; None while it does.
        self._unknown_since: float | None = None

    async def ask(self, question: Question[Answer], seconds: float, fresh: float, logger: Logger) -> Answer:
        """Return the answer, which may be ``fresh`` seconds old.

        Raises HealthUnknownError if there is none in time; the log says so once.
        """
        reply = await self._reply(question, seconds, fresh)
        with self._changed:
            since = self._unknown_since
            if reply.problem:
                self._unknown_since = reply.at if since is None else since
            else:
                self._unknown_since = None
        if reply.problem:
            if since is None:
                logger.warning(
                    "libvirt does not answer at %s, so whether its objects are up is unknown, and nothing is done about"
                    " them: %s",
                    self._uri,
                    reply.problem,
                )
            raise HealthUnknownError(f"libvirt does not answer at {self._uri}: {reply.problem}")
        if since is not None:
            logger.info("libvirt answers again at %s, after %.3g s", self._uri, monotonic() - since)
        return cast("Answer", reply.answer)

    async def _reply(self, question: Question[Answer], seconds: float, fresh: float) -> Reply:
        waiter: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        with self._changed:
            known = self._replies.get(question.key)
            now = monotonic()
            if known is not None and now - known.at <= fresh:
                return known
            if self._busy_since is not None and now - self._busy_since > seconds:  # no check waits in vain again
                return Reply(problem=HANGS.format(now - self._busy_since))
            if question.key not in self._open:
                self._open[question.key] = set()
                self._queue.append(cast("Question[object]", question))
                self._wake()
            self._open[question.key].add(waiter)
        try:
            async with asyncio.timeout(seconds):
                return await waiter
        except TimeoutError:
            return Reply(problem=HANGS.format(seconds))
        finally:
            with self._changed:
                self._open.get(question.key, set()).discard(waiter)

    def _wake(self) -> None:
        if not self._has_thread:
            self._has_thread = True
            Thread(target=self._work, name=f"tierdeps checks {self._uri}", daemon=True).start()
        self._changed.notify()

    # In the thread

    def _work(self) -> None:
        while (question := self._next()) is not None:
            reply = self._ask(question)
            with self._changed:
                self._replies = {key: one for key, one in self._replies.items() if reply.at - one.at <= FRESH_S}
                self._replies[question.key] = reply
                self._busy_since = None
                for waiter in self._open.pop(question.key):
                    with suppress(RuntimeError):  # the loop is closed: the run is over
                        waiter.get_loop().call_soon_threadsafe(_settle, waiter, reply)

    def _next(self) -> Question[object] | None:
        """Return the next question; None, with the connection closed, where there is none for long."""
        with self._changed:
            if not self._queue:
                self._changed.wait_for(lambda: bool(self._queue), IDLE_S)
            if self._queue:
                self._busy_since = monotonic()
                return self._queue.popleft()
            self._close()
            self._has_thread = False
            return None

    def _ask(self, question: Question[object]) -> Reply:
        """Ask, once more where the connection was broken since the last question: by a restart of the daemon."""
        while True:
            is_new = self._connection is None
            try:
                if self._connection is None:
                    self._connection = self._opened()
                return Reply(question.ask(self._connection))
            except self._library.libvirtError as error:
                self._close()
                if is_new:
                    return Reply(problem=sentence(error))
            except NotRunningError as error:
                return Reply(problem=str(error))
            except Exception as error:  # noqa: BLE001  nothing may end the thread
                return Reply(problem=f"{type(error).__name__}: {sentence(error)}")

    def _opened(self) -> Connection:
        if not may_ask(self._uri, self._root):
            raise NotRunningError("its daemon does not run, and a check does not start it")
        return self._library.open(self._uri)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(self._library.libvirtError):
                connection.close()


def _settle(waiter: asyncio.Future[Reply], reply: Reply) -> None:
    if not waiter.done():
        waiter.set_result(reply)


_MONITORS: dict[tuple[Library, str, Path], Monitor] = {}


def monitor_of(library: Library, uri: str, root: Path) -> Monitor:
    """Return what asks at an address for all drivers of this process."""
    key = library, uri, root
    if key not in _MONITORS:
        _MONITORS[key] = Monitor(library, uri, root)
    return _MONITORS[key]
