"""The connections of one run to the workers of its hosts, in their own thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from tierdeps._util.frozen import replace
from tierdeps.driver_errors import describe
from tierdeps.engines.fleet.mailbox import PULSES, Mailbox, converse
from tierdeps.engines.fleet.messages import Refused, Settled, Welcome, encode, to_engine, welcome_decoder
from tierdeps.errors import RemoteError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tierdeps.engines.fleet.messages import Hello, ToEngine

#: Seconds between two attempts to connect.
PAUSE_S = 0.2
#: The maximal length of one attempt, in seconds.
ATTEMPT_S = 3.0
#: How long the first connection to a worker is tried.
CONNECT_TIMEOUT_S = 15.0
#: How long a worker may take to accept a run: it may have to stop what an earlier one left.
WELCOME_S = 60.0
#: How long the worker may take to release what belonged to a run.
BYE_TIMEOUT_S = 5.0


class Listener(Protocol):
    """What a connection reports, from its thread."""

    def opened(self, host: str, welcome: Welcome) -> None:
        """Report that the worker accepted the run."""
        ...

    def received(self, host: str, messages: Sequence[ToEngine]) -> None:
        """Report messages of the worker."""
        ...

    def lost(self, host: str, reason: str, *, ended: bool = False) -> None:
        """Report that the worker cannot be reached, or no longer; nothing else comes from it.

        ``ended`` says that its process has ended, and that nothing runs there any more.
        """
        ...


class Dialer(Protocol):
    """How workers are reached."""

    async def connect(self, address: str) -> Any:
        """Return a connection, with the methods of Dask's. Raises OSError."""
        ...

    async def is_refused(self, address: str) -> bool:
        """Return whether no process listens at an address, and its machine says so."""
        ...


class _EndedError(RemoteError):
    """The process of a worker has ended."""


class HostLinks:
    """The connections of a run, by host."""

    def __init__(self, find: Callable[[str], Awaitable[str]], dialer: Dialer, listener: Listener) -> None:
        self._find = find
        self._dialer = dialer
        self._listener = listener
        self._links: dict[str, HostLink] = {}

    def open(self, host: str, hello: Hello) -> None:
        """Connect to a host, again if it was lost."""
        before = self._links[host].unsettled if host in self._links else ""
        self._links[host] = HostLink(host, hello, self._find, self._dialer, self._listener, before)

    def post(self, host: str, body: bytes) -> None:
        """Send a message to a host."""
        self._links[host].post(body)

    async def leave(self, bye: bytes) -> None:
        """End all connections, once the workers have released what belonged to the run."""
        await asyncio.gather(*(link.close(bye) for link in self._links.values()))


class HostLink:
    """The connection to the worker of one host; ``find`` returns its address.

    ``before`` is the address of a worker that was lost and may still run drivers: no other one of the host is used
    before that has ended.
    """

    def __init__(  # noqa: PLR0917  all of them are of one connection
        self,
        host: str,
        hello: Hello,
        find: Callable[[str], Awaitable[str]],
        dialer: Dialer,
        listener: Listener,
        before: str = "",
    ) -> None:
        self._host = host
        self._hello = hello
        self._find = find
        self._dialer = dialer
        self._listener = listener
        #: The address of the last worker that was found, unless it has ended.
        self.unsettled: str = before
        self._mailbox = Mailbox()
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._settled = asyncio.Event()
        self._running = asyncio.ensure_future(self._run())

    def post(self, body: bytes) -> None:
        """Send a message."""
        self._mailbox.post(body)

    async def close(self, bye: bytes) -> None:
        """Send a last message, and wait for a moment until the worker has handled it."""
        self._mailbox.post(bye)
        settled = asyncio.ensure_future(self._settled.wait())
        await asyncio.wait((settled, self._running), timeout=BYE_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        settled.cancel()
        self._running.cancel()
        with suppress(asyncio.CancelledError):
            await self._running

    async def _run(self) -> None:
        try:
            address, comm, welcome = await self._first_connection()
            self._listener.opened(self._host, welcome)
            while True:
                await self._converse(comm, welcome.lease)
                comm = await self._connect_again(address, welcome.lease)
        except RemoteError as error:
            self._listener.lost(self._host, str(error), ended=isinstance(error, _EndedError))
        except Exception as error:  # noqa: BLE001  a host that is silent would keep its calls waiting
            self._listener.lost(self._host, f"the worker on {self._host} cannot be reached: {describe(error)}")

    async def _first_connection(self) -> tuple[str, Any, Welcome]:
        """Connect, again if a connection breaks before the worker accepted the run; it accepts a session once."""
        until = self._loop.time() + CONNECT_TIMEOUT_S
        while True:
            address = await self._find(self._host)
            await self._refuse_second(address)
            self.unsettled = address
            try:
                return address, *await self._connect(address, self._hello)
            except OSError as error:
                if self._loop.time() > until:
                    text = f"the worker on {self._host} cannot be reached at {address}: {describe(error)}"
                    raise RemoteError(text) from error
            await asyncio.sleep(PAUSE_S)

    async def _refuse_second(self, address: str) -> None:
        """Raise RemoteError if another worker of the host may still run what is to be started at an address."""
        if self.unsettled not in ("", address) and not await self._dialer.is_refused(self.unsettled):
            raise RemoteError(
                f"the worker on {self._host} at {self.unsettled} was lost and may still run drivers, so the one at"
                f" {address} is not used; end the first one and reload, or stop this run and start it again"
            )

    async def _connect(self, address: str, hello: Hello) -> tuple[Any, Welcome]:
        """Connect to a worker. Raises OSError if that fails or takes too long, and RemoteError if it refuses."""
        async with asyncio.timeout(ATTEMPT_S):  # that of Dask does not count the other side's answer
            comm = await self._dialer.connect(address)
        try:
            async with asyncio.timeout(WELCOME_S):
                await comm.write({"op": "drive", "hello": encode(hello), "reply": False})
                answer = welcome_decoder.decode(await comm.read())
        except BaseException:
            comm.abort()
            raise
        if isinstance(answer, Refused):
            comm.abort()
            raise RemoteError(f"the worker on {self._host} refused the run: {answer.reason}")
        self._heard = self._loop.time()
        return comm, answer

    async def _converse(self, comm: Any, lease: float) -> None:
        """Exchange messages until the connection breaks, or nothing was heard for half of the lease."""
        conversation = asyncio.ensure_future(converse(comm, self._mailbox, self._take, lease / PULSES))
        try:
            while not conversation.done() and self._loop.time() - self._heard < lease / 2:
                await asyncio.wait((conversation,), timeout=lease / PULSES)
        finally:
            conversation.cancel()
            with suppress(asyncio.CancelledError):
                await conversation

    async def _connect_again(self, address: str, lease: float) -> Any:
        """Connect to the same worker again within the lease. Raises RemoteError where that fails, or it has ended."""
        while (remaining := lease - (self._loop.time() - self._heard)) > 0:
            await asyncio.sleep(PAUSE_S)  # a process that ends closes its sockets one after the other
            if await self._dialer.is_refused(address):  # before Dask, which tries again until its time is over
                self.unsettled = ""
                raise _EndedError(f"the worker on {self._host} has ended")
            try:
                async with asyncio.timeout(remaining):
                    comm, _ = await self._connect(address, replace(self._hello, resumes=True))
            except OSError:
                continue
            else:
                return comm
        raise RemoteError(f"nothing was heard of the worker on {self._host} for {lease:g} s, its lease")

    def _take(self, bodies: list[bytes]) -> None:
        self._heard = self._loop.time()
        messages = [to_engine.decode(body) for body in bodies]
        if any(isinstance(message, Settled) for message in messages):
            self._settled.set()
        if messages:
            self._listener.received(self._host, messages)
