"""A fleet on the virtual clock: the code of the engine ``dask`` on both sides, over a simulated network."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tierdeps.engines import Engine
from tierdeps.engines.fleet.client import ATTEMPT_S, HostLinks
from tierdeps.engines.fleet.holder import Holder
from tierdeps.engines.fleet.links import RunLinks
from tierdeps.engines.fleet.session import FleetOptions, FleetSession
from tierdeps.engines.local import INLINE
from tierdeps.engines.remote import remote_engine
from tierdeps.errors import RemoteError
from tierdeps.testing._network import LONG_S, End, Network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal

    from tierdeps.engines import Done, Handle, Worker
    from tierdeps.engines.fleet.client import Listener
    from tierdeps.engines.fleet.messages import Hello
    from tierdeps.engines.remote import RemoteNotice, RemoteSession
    from tierdeps.lifecycle import Context, Lifecycle
    from tierdeps.model import PlannedDriver

#: How long a worker may take to register, in seconds of the simulated time.
REGISTER_TIMEOUT_S = 15.0


class SimulatedFleet:
    """Workers on hosts and a network between them and runs, on the virtual clock: delays, cuts and losses on demand.

    Make it on the loop that the runs are on. Sessions, leases, workers and messages are those of ``--engine dask``; the
    scheduler, connections and processes are simulated. ``delay`` returns how many seconds each message takes;
    ``is_doubled`` whether it arrives twice. ``local`` is the engine by which workers make calls.
    """

    def __init__(
        self,
        *,
        lease: float = 30.0,
        on_lease_end: Literal["stop", "leave"] = "stop",
        delay: Callable[[], float] = lambda: 0.001,
        is_doubled: Callable[[], bool] = lambda: False,
        local: Callable[[SimulatedWorker], Engine] = lambda _: INLINE,
    ) -> None:
        self.network: Network = Network(delay, is_doubled)
        self.lease: float = lease
        self.on_lease_end: Literal["stop", "leave"] = on_lease_end
        self.local: Callable[[SimulatedWorker], Engine] = local
        #: What the workers report, as ``tierdeps worker`` prints it.
        self.notes: list[str] = []
        self._workers: dict[str, SimulatedWorker] = {}
        self._registered: dict[str, str] = {}
        self._runs: list[_Connections] = []

    def engine(
        self, instance: str = "", *, keep: bool = False, held: Mapping[str, Sequence[str]] = MappingProxyType({})
    ) -> Engine:
        """Return the engine for an executor; runs of the same ``instance`` take over each other's drivers.

        ``held`` are the drivers that earlier runs may have left up, by host, as ``start`` reads them from the journal.
        """

        def connect(notify: Callable[[RemoteNotice], None]) -> RemoteSession:
            return FleetSession(FleetOptions(instance=instance, keep=keep, held=held), notify, self._connected)

        return remote_engine("simulated", "runs lifecycles on a simulated fleet", connect)

    def add(self, host: str, machine: str = "") -> SimulatedWorker:
        """Start another worker for the name of a host, which is the one that is registered from now on.

        It is on a machine of that name; ``cut`` and ``heal`` are about machines.
        """
        worker = SimulatedWorker(self, host, machine or host, f"sim://{machine or host}:{len(self._workers)}")
        self._workers[worker.address] = worker
        self._registered[host] = worker.address
        return worker

    def has(self, host: str) -> bool:
        """Return whether a worker of a host is registered."""
        return host in self._registered

    def cut(self, machine: str, *, inbound: bool = True, outbound: bool = True) -> None:
        """Cut a machine off the network, or one direction of it."""
        self.network.cut(machine, inbound=inbound, outbound=outbound)

    def heal(self, machine: str) -> None:
        """Connect a machine to the network again."""
        self.network.heal(machine)

    def kill(self, host: str) -> None:
        """End the registered worker of a host at once, with what it runs."""
        worker = self._workers[self._registered.pop(host)]
        worker.kill()

    def kill_runs(self) -> None:
        """Kill all processes that have started runs: none of them is heard any more."""
        for run in self._runs:
            run.kill()
        self._runs.clear()

    def close(self) -> None:
        """End all workers."""
        for worker in self._workers.values():
            worker.kill()

    def _connected(self, listener: Listener) -> _Connections:
        self._runs.append(_Connections(self, listener))
        return self._runs[-1]

    # What connections use

    async def find(self, host: str) -> str:
        """Return the address of the registered worker of a host."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REGISTER_TIMEOUT_S):
                while True:
                    await asyncio.sleep(self.network.delay())
                    if host in self._registered:
                        return self._registered[host]
                    await asyncio.sleep(0.5)
        raise RemoteError(f"no worker for the host {host} is registered")

    def worker(self, address: str) -> SimulatedWorker:
        """Return the worker of an address."""
        return self._workers[address]


class SimulatedWorker:
    """The process of one worker; ``is_dead`` says that it was killed."""

    def __init__(self, fleet: SimulatedFleet, host: str, machine: str, address: str) -> None:
        self.host: str = host
        self.machine: str = machine
        self.address: str = address
        self.is_dead: bool = False
        self._ends: list[End] = []
        self._engines: list[_Mortal] = []
        self._tasks: dict[asyncio.Task[None], None] = {}
        holder = Holder(fleet.lease, fleet.on_lease_end, fleet.notes.append, self._engine_of(fleet))
        self._links = RunLinks(holder, fleet.lease, self._call)
        self._spawn(self._links.watch())

    def accept(self, end: End) -> None:
        """Serve a connection."""
        self._ends.append(end)
        self._spawn(self._serve(end))

    def kill(self) -> None:
        """End at once."""
        self.is_dead = True
        for engine in self._engines:
            engine.die()
        for task in list(self._tasks):
            task.cancel()
        for end in self._ends:
            end.abort()

    def _call(self, function: Callable[..., object], *arguments: Any) -> None:
        if not self.is_dead:
            asyncio.get_running_loop().call_soon(function, *arguments)

    async def _serve(self, end: End) -> None:
        with suppress(OSError):
            request = await end.read()
            await self._links.serve(end, request["hello"])

    def _spawn(self, coroutine: Any) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)

    def _engine_of(self, fleet: SimulatedFleet) -> Callable[[Hello], Engine]:
        def opened() -> Worker:
            self._engines.append(_Mortal(fleet.local(self).open()))
            return self._engines[-1]

        return lambda _: Engine("mortal", "", opened)


class _Mortal:
    """Makes calls by another engine until its process is killed."""

    def __init__(self, inner: Worker) -> None:
        self._inner = inner
        self._is_dead = False
        self._calls: dict[Handle, None] = {}

    def die(self) -> None:
        self._is_dead = True
        for handle in list(self._calls):
            handle.cancel()

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:
        return self._inner.import_class(driver, done)

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:
        return self._inner.instantiate(driver)

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        if self._is_dead:
            done(None, asyncio.CancelledError())
            return None
        handle: Handle | None = None

        def ended(result: Any, error: BaseException | None) -> None:
            if handle is not None:
                self._calls.pop(handle, None)
            done(result, error)

        handle = self._inner.invoke(lifecycle, method, context, ended)
        if handle is not None:
            self._calls[handle] = None
        return handle

    def close(self) -> None:
        self._inner.close()


class _Connections:
    """The connections of one run to simulated workers, on the loop of its executor."""

    def __init__(self, fleet: SimulatedFleet, listener: Listener) -> None:
        self._fleet = fleet
        self._links = HostLinks(fleet.find, self, listener)
        self._ends: list[End] = []
        self._is_dead = False
        self._leaving: asyncio.Task[None] | None = None

    def open(self, host: str, hello: Hello) -> None:
        self._links.open(host, hello)

    def post(self, host: str, body: bytes) -> None:
        self._links.post(host, body)

    def close(self, bye: bytes) -> None:
        self._leaving = asyncio.ensure_future(self._links.leave(bye))

    def kill(self) -> None:
        """Break all connections, and make none any more."""
        self._is_dead = True
        for end in self._ends:
            end.abort()

    async def connect(self, address: str) -> End:
        worker = self._fleet.worker(address)
        await self._fleet.network.reach(worker.machine)
        if worker.is_dead or self._is_dead:
            await asyncio.sleep(LONG_S)
        here, there = self._fleet.network.connection(worker.machine)
        self._ends.append(here)
        worker.accept(there)
        return here

    async def is_refused(self, address: str) -> bool:
        worker = self._fleet.worker(address)
        with suppress(TimeoutError):
            async with asyncio.timeout(ATTEMPT_S):
                await self._fleet.network.reach(worker.machine)
                return worker.is_dead
        return False
