"""The executor's side of a run on a fleet: calls go to the worker of their driver's host."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from itertools import count
from typing import TYPE_CHECKING
from uuid import uuid4

from tierdeps._util.frozen import Value, field
from tierdeps.engines.fleet.connections import ThreadConnections
from tierdeps.engines.fleet.messages import Bye, Cancel, Hello, Invoke, Load, Logged, Noticed, Reply, Undo, encode
from tierdeps.engines.fleet.options import DEFAULT_HOST
from tierdeps.engines.fleet.versions import (
    difference,
    difference_among,
    distributions_of,
    facts_difference,
    packages_of,
    versions_of,
)
from tierdeps.engines.remote.messages import RemoteFailure, RemoteNotice
from tierdeps.errors import RemoteError
from tierdeps.logs import logger_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

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
    #: By host, the drivers that earlier runs may have left up there.
    held: Mapping[str, Sequence[str]] = field(default_factory=dict)


class _Host:
    """What is known of one host."""

    def __init__(self, up: Iterable[str] = ()) -> None:
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
        #: The drivers of which a run called a phase there, and whose stop is not known to have ended.
        self.up: set[str] = set(up)
        #: The stops that have not ended: by number, of which driver.
        self.stops: dict[int, str] = {}


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
        #: By host, the drivers of the plan that run something.
        self._planned: dict[str, list[str]] = {}
        self._stop_timeout = 0.0
        self._versions: dict[str, str | None] = {}
        self._packages: tuple[str, ...] = ()
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
        """Connect to the hosts of a plan, and to those that were lost again; the others were just asked for facts.

        Also to those that are no longer in the plan and may hold drivers: their workers stop these.
        """
        is_first = not self._hosts
        self._stop_timeout = stop_timeout
        self._planned = {}
        driven = [driver for driver in plan if not driver.runs_nothing]
        for driver in driven:
            self._planned.setdefault(driver.host or DEFAULT_HOST, []).append(driver.name)
        self._versions = versions_of(distributions_of(driven))
        self._packages = packages_of(driven)
        for host, found in self._hosts.items():
            if not found.lost:
                found.facts = self._options.host_facts.get(host, {})
        session = uuid4().hex
        held = self._options.held if is_first else {host: found.up for host, found in self._hosts.items() if found.lost}
        for host in dict.fromkeys((*self._planned, *(host for host, names in held.items() if names))):
            if host not in self._hosts or self._hosts[host].lost:
                self._open(host, session, held.get(host, ()))
        self._compare()

    def _open(self, host: str, session: str, held: Iterable[str]) -> None:
        self._hosts[host] = _Host(held)
        self._unanswered.add(host)
        self._answered.clear()
        hello = Hello(
            f"{session}@{host}",
            f"{self._options.instance or session}@{host}",
            tuple(self._planned.get(host, ())),
            tuple(self._versions),
            self._stop_timeout,
            keep=self._options.keep,
            replace=self._options.replace,
            facts=tuple(self._options.host_facts.get(host, ())),
            packages=self._packages,
        )
        self._connections.open(host, hello)

    async def load(self, driver: DriverSpec) -> bool:
        """Load a lifecycle, once all hosts have answered. Raises RemoteError if its host is lost, or one differs."""
        await self._answered.wait()
        host = self._host_of(driver)
        if problem := host.lost or self._difference or host.differs:
            raise RemoteError(problem)
        await self._end_elsewhere(driver)
        where = driver.host or DEFAULT_HOST
        loaded = bool(await self._request(where, Load(next(self._numbers), driver)))
        for other in self._hosts.values():
            other.drivers.discard(driver.name)
        host.drivers.add(driver.name)
        return loaded

    async def _end_elsewhere(self, driver: DriverSpec) -> None:
        """Stop a driver where it was before its host changed. Raises RemoteError if it may run there nevertheless."""
        for name, other in list(self._hosts.items()):
            if name == (driver.host or DEFAULT_HOST) or driver.name not in other.up:
                continue
            problem = other.lost or ("its stop has not ended" if driver.name in other.stops.values() else "")
            if not problem:
                problem = str(
                    await self._request(name, Undo(next(self._numbers), driver.name, self._stop_timeout)) or ""
                )
                other.up.discard(driver.name)
            if problem:
                raise RemoteError(_may_run(name, [driver.name], problem))

    async def call(self, call: RemoteCall) -> object:
        """Make a call on the driver's host; one that is up is stopped whatever other hosts are like."""
        if call.driver.name not in self._host_of(call.driver).drivers:  # another worker replaced one that was lost
            await self.load(call.driver)
        host, number = self._host_of(call.driver), next(self._numbers)
        if call.phase in call.driver.phases:
            host.up.add(call.driver.name)
        elif call.phase == "stop":
            host.stops[number] = call.driver.name
        return await self._request(call.driver.host or DEFAULT_HOST, Invoke(number, call))

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
        used = {name: host.versions for name, host in self._hosts.items() if name in self._planned and not host.lost}
        among = difference_among(self._versions, used)
        for name, host in self._hosts.items():
            facts = facts_difference(name, self._options.host_facts.get(name, {}), host.facts)
            problem = difference(name, self._versions, host.versions) or facts or ("" if host.drivers else among)
            host.differs = problem if name in used else ""
        is_new = not any(host.drivers for host in self._hosts.values())
        problems = [host.differs or self._astray(name, host) for name, host in self._hosts.items()] if is_new else []
        self._difference = next(filter(None, problems), "")
        self._answered.set()

    def _astray(self, name: str, host: _Host) -> str:
        """Return which drivers may run on a lost host although the plan has them elsewhere, or not at all."""
        names = sorted(host.up.difference(self._planned.get(name, ()))) if host.lost else []
        return _may_run(name, names, host.lost) if names else ""

    async def _request(self, where: str, request: Load | Invoke | Undo) -> object:
        host = self._hosts[where]
        if host.lost:  # since it was found
            raise RemoteError(host.lost)
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
        host = self._hosts[name]
        host.versions, host.facts, host.up = welcome.versions, welcome.facts, set(welcome.held)
        self._answers(name)

    def received(self, name: str, messages: Sequence[ToEngine]) -> None:
        """Take messages of a host."""
        for message in messages:
            self._received(name, message)

    def _received(self, name: str, message: ToEngine) -> None:
        if isinstance(message, Reply):
            host = self._hosts[name]
            host.up.discard(host.stops.pop(message.number, ""))
            reply = host.pending.pop(message.number, None)
            if reply is not None:
                reply.set_result(message)
        elif isinstance(message, Noticed):
            self._notify(message.notice)
        elif isinstance(message, Logged):
            where = None if name == DEFAULT_HOST else name
            logger_of(message.logger).log(message.level, "%s", message.text, extra={"host": where})

    def lost(self, name: str, reason: str, *, ended: bool = False) -> None:
        """Fail the calls on a host that cannot be reached any more, and report its drivers as lost."""
        host = self._hosts[name]
        host.lost = reason
        if ended:
            host.up.clear()
        self._answers(name)
        while host.pending:
            number, reply = host.pending.popitem()
            if not reply.done():
                reply.set_result(Reply(number, failure=RemoteFailure(reason)))
        for driver in sorted(host.drivers):
            self._notify(RemoteNotice(driver, "lost", reason))


def _may_run(host: str, names: Sequence[str], problem: str) -> str:
    """Return that drivers may run on a host where the plan does not have them any more, and what to do about it."""
    return (
        f"{', '.join(names)} may still run on {host}, where an earlier plan had it, and is not started elsewhere before"
        f" the worker of {host} has stopped it: {problem}; if that machine is gone for good, start a worker for {host}"
        " on another one"
    )


class _Listener:
    """Takes what the connections report to the loop of the executor."""

    def __init__(self, session: FleetSession) -> None:
        self._session = session
        self._loop = asyncio.get_running_loop()

    def opened(self, host: str, welcome: Welcome) -> None:
        self._call(self._session.opened, host, welcome)

    def received(self, host: str, messages: Sequence[ToEngine]) -> None:
        self._call(self._session.received, host, messages)

    def lost(self, host: str, reason: str, *, ended: bool = False) -> None:
        self._call(partial(self._session.lost, host, reason, ended=ended))

    def _call(self, function: Callable[..., object], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: the run is over
            self._loop.call_soon_threadsafe(function, *arguments)
