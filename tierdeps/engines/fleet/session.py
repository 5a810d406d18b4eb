"""The executor's side of a run on a fleet: calls go to the worker of their driver's host."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

from tierdeps._util.frozen import Value, field
from tierdeps.engines.fleet.connections import ThreadConnections
from tierdeps.engines.fleet.messages import Bye, Cancel, Hello, Invoke, Load, Logged, Noticed, Reply, encode
from tierdeps.engines.fleet.options import DEFAULT_HOST
from tierdeps.engines.fleet.versions import difference, distributions_of, facts_difference, versions_of
from tierdeps.engines.remote.messages import RemoteFailure, RemoteNotice
from tierdeps.errors import RemoteError
from tierdeps.logs import logger_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tierdeps.engines import TlsFiles
    from tierdeps.engines.fleet.client import Listener
    from tierdeps.engines.fleet.connections import Connections
    from tierdeps.engines.fleet.messages import ToEngine, Welcome
    from tierdeps.engines.remote.messages import DriverSpec, RemoteCall
    from tierdeps.model import Plan


class FleetOptions(Value):
    """Where a run finds its workers; without a scheduler, it starts one and a worker for each host on this machine."""

    scheduler: str | None = None
    tls: TlsFiles | None = None
    instance: str = ""
    keep: bool = False
    replace: bool = False
    #: By host, the facts that the plan was made with; it changes with the plan.
    host_facts: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)


class _Host:
    """What is known of one host."""

    def __init__(self) -> None:
        #: The versions of the distributions there, once it accepted the run.
        self.versions: Mapping[str, str | None] = {}
        #: The facts that it stated when it was opened, or that the latest plan was made with.
        self.facts: Mapping[str, bool] = {}
        #: Why it is lost.
        self.lost: str = ""
        #: In what it differs from this host, or from the facts that the plan was made with: nothing more starts there.
        self.differs: str = ""
        self.drivers: set[str] = set()
        self.pending: dict[int, asyncio.Future[Reply]] = {}


class FleetSession:
    """One run, on the executor's loop; ``connect`` returns its connections, which are in a thread if it is None."""

    def __init__(
        self,
        options: FleetOptions,
        notify: Callable[[RemoteNotice], None],
        connect: Callable[[Listener], Connections] | None = None,
    ) -> None:
        self._options = options
        self._notify = notify
        self._loop = asyncio.get_running_loop()
        self._numbers = count(1)
        self._hosts: dict[str, _Host] = {}
        self._versions: dict[str, str | None] = {}
        #: The hosts that were neither opened nor lost yet.
        self._unanswered: set[str] = set()
        self._answered = asyncio.Event()
        #: In what a host differed before anything was started: nothing starts anywhere.
        self._difference = ""
        listener = _Listener(self)
        self._connections = (
            ThreadConnections(options.scheduler, options.tls, listener) if connect is None else connect(listener)
        )

    def follow(self, plan: Plan, stop_timeout: float) -> None:
        """Connect to the hosts of a plan, and to those that were lost again; the others were just asked for facts."""
        by_host: dict[str, list[str]] = {}
        driven = [driver for driver in plan if not driver.runs_nothing]
        for driver in driven:
            by_host.setdefault(driver.host or DEFAULT_HOST, []).append(driver.name)
        self._versions = versions_of(distributions_of(driven))
        for host, found in self._hosts.items():
            if not found.lost:
                found.facts = self._options.host_facts.get(host, {})
        session = uuid4().hex
        for host, names in by_host.items():
            if host in self._hosts and not self._hosts[host].lost:
                continue
            self._hosts[host] = _Host()
            self._unanswered.add(host)
            self._answered.clear()
            hello = Hello(
                f"{session}@{host}",
                f"{self._options.instance or session}@{host}",
                tuple(names),
                tuple(self._versions),
                stop_timeout,
                keep=self._options.keep,
                replace=self._options.replace,
                facts=tuple(self._options.host_facts.get(host, ())),
            )
            self._connections.open(host, hello)
        self._compare()

    async def load(self, driver: DriverSpec) -> bool:
        """Load a lifecycle, once all hosts have answered. Raises RemoteError if its host is lost, or one differs."""
        await self._answered.wait()
        host = self._host_of(driver)
        if problem := host.lost or self._difference or host.differs:
            raise RemoteError(problem)
        loaded = bool(await self._request(driver, host, Load(next(self._numbers), driver)))
        host.drivers.add(driver.name)
        return loaded

    async def call(self, call: RemoteCall) -> object:
        """Make a call on the driver's host; one that is up is stopped whatever other hosts are like."""
        if call.driver.name not in self._host_of(call.driver).drivers:  # another worker replaced one that was lost
            await self.load(call.driver)
        return await self._request(call.driver, self._host_of(call.driver), Invoke(next(self._numbers), call))

    def close(self) -> None:
        """Close the connections."""
        self._connections.close(encode(Bye(keep=self._options.keep)))

    def _host_of(self, driver: DriverSpec) -> _Host:
        return self._hosts[driver.host or DEFAULT_HOST]

    def _answers(self, name: str) -> None:
        """Record that a host was opened or lost; after the last one, calls go on."""
        self._unanswered.discard(name)
        self._compare()

    def _compare(self) -> None:
        """Look for differences, once all hosts have answered; what runs already goes on in spite of them."""
        if self._unanswered:
            return
        for name, host in self._hosts.items():
            facts = facts_difference(name, self._options.host_facts.get(name, {}), host.facts)
            host.differs = "" if host.lost else difference(name, self._versions, host.versions) or facts
        is_new = not any(host.drivers for host in self._hosts.values())
        self._difference = next((host.differs for host in self._hosts.values() if host.differs), "") if is_new else ""
        self._answered.set()

    async def _request(self, driver: DriverSpec, host: _Host, request: Load | Invoke) -> object:
        if host.lost:  # since it was found
            raise RemoteError(host.lost)
        where = driver.host or DEFAULT_HOST
        reply: asyncio.Future[Reply] = self._loop.create_future()
        host.pending[request.number] = reply
        self._connections.post(where, encode(request))
        try:
            ended = await asyncio.shield(reply)
        except asyncio.CancelledError:
            self._connections.post(where, encode(Cancel(request.number)))
            await reply  # the call must have ended before the driver's next one
            raise
        if ended.failure is not None:
            raise ended.failure.error()
        return ended.result

    # What the connections report

    def opened(self, name: str, welcome: Welcome) -> None:
        """Record that a host accepted the run."""
        self._hosts[name].versions, self._hosts[name].facts = welcome.versions, welcome.facts
        self._answers(name)

    def received(self, name: str, messages: Sequence[ToEngine]) -> None:
        """Take messages of a host."""
        for message in messages:
            self._received(name, message)

    def _received(self, name: str, message: ToEngine) -> None:
        if isinstance(message, Reply):
            reply = self._hosts[name].pending.pop(message.number, None)
            if reply is not None:
                reply.set_result(message)
        elif isinstance(message, Noticed):
            self._notify(message.notice)
        elif isinstance(message, Logged):
            host = None if name == DEFAULT_HOST else name
            logger_of(message.logger).log(message.level, "%s", message.text, extra={"host": host})

    def lost(self, name: str, reason: str) -> None:
        """Fail the calls on a host that cannot be reached any more, and report its drivers as lost."""
        host = self._hosts[name]
        host.lost = reason
        self._answers(name)
        while host.pending:
            number, reply = host.pending.popitem()
            if not reply.done():
                reply.set_result(Reply(number, failure=RemoteFailure(reason)))
        for driver in sorted(host.drivers):
            self._notify(RemoteNotice(driver, "lost", reason))


class _Listener:
    """Takes what the connections report to the loop of the executor."""

    def __init__(self, session: FleetSession) -> None:
        self._session = session
        self._loop = asyncio.get_running_loop()

    def opened(self, host: str, welcome: Welcome) -> None:
        self._call(self._session.opened, host, welcome)

    def received(self, host: str, messages: Sequence[ToEngine]) -> None:
        self._call(self._session.received, host, messages)

    def lost(self, host: str, reason: str) -> None:
        self._call(self._session.lost, host, reason)

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: the run is over
            self._loop.call_soon_threadsafe(function, *arguments)
