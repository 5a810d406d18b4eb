"""This side of a remote engine: a worker whose lifecycles send each call to the other side."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self, runtime_checkable

from tierdeps.engines import Engine
from tierdeps.engines.remote.messages import DriverSpec, RemoteCall, RemoteNotice, reference_of
from tierdeps.lifecycle import Context, Lifecycle, method_name

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from tierdeps.engines import Done, Handle
    from tierdeps.lifecycle import Provided
    from tierdeps.model import Plan, PlannedDriver
    from tierdeps.published import Published

    #: The result of a coroutine, or what it raised.
    Ended = tuple[object, BaseException | None]


class RemoteSession(Protocol):
    """The connection of one run to the other side; made on the event loop, where its methods are called too.

    Both coroutines are cancelled when their deadline has passed or the run stops: forward that, and do not return
    before the call has ended or is abandoned. A failure is raised: ``raise failure.error()``.
    """

    async def load(self, driver: DriverSpec) -> bool:
        """Import and instantiate a driver's lifecycle; return its ``cleanup_after_crash``."""
        ...

    async def call(self, call: RemoteCall) -> object:
        """Call a method of a lifecycle that was loaded, and return its result; a missing method returns None."""
        ...

    def close(self) -> None:
        """Close the connection; called when the run has ended."""
        ...


@runtime_checkable
class PlanSession(RemoteSession, Protocol):
    """A session that has to know the plan before its first call, and that of each reload."""

    def follow(self, plan: Plan, stop_timeout: float) -> None:
        """Use this plan from now on, as ``PlanFollower.follow``."""
        ...


def remote_engine(
    name: str, summary: str, connect: Callable[[Callable[[RemoteNotice], None]], RemoteSession]
) -> Engine:
    """Return an engine that sends calls elsewhere.

    ``connect`` is called once for each run, with a function that takes the notices of drivers, on the event loop.
    """
    return Engine(name, summary, lambda: _RemoteWorker(connect))


class _Remote(Lifecycle):
    """Stands for a lifecycle that lives elsewhere; its subclasses have the methods of their phases."""

    def __init__(self, planned: PlannedDriver, spec: DriverSpec, worker: _RemoteWorker) -> None:
        self.planned = planned
        self.spec = spec
        self._worker = worker

    async def call(self, context: Context) -> Any:
        return await self._worker.send(self, context)

    probe = adopt = reload = stop = cleanup = call


class Checks(NamedTuple):
    """The limits of the checks of a lifecycle, as its attributes are called."""

    check_every: float
    check_failures: int
    check_timeout: float

    @classmethod
    def of(cls, driver: PlannedDriver) -> Self | None:
        """Return those of a process, or of a class that is known here; None for a driver that is not checked.

        A class that is only named is not imported here, so it is not checked.
        """
        alive = None if driver.process is None else driver.process.alive
        if alive is not None:
            return cls(alive.every, alive.failures, alive.timeout_s)
        kind = driver.lifecycle
        if not isinstance(kind, type) or kind.check is Lifecycle.check:
            return None
        return cls(kind.check_every, kind.check_failures, kind.check_timeout)


class _RemoteWorker:
    """The in-process end of a remote engine: to the executor its lifecycles are ordinary asynchronous ones."""

    def __init__(self, connect: Callable[[Callable[[RemoteNotice], None]], RemoteSession]) -> None:
        self._loop = asyncio.get_running_loop()
        self._session = connect(self._notify)
        self._classes: dict[tuple[tuple[str, ...], bool, Checks | None], type[_Remote]] = {}
        #: By lifecycle, the methods that are phases of some driver.
        self._methods: dict[str, set[str]] = {}
        #: By driver, the ``cleanup_after_crash`` of what has been loaded.
        self._loaded: dict[str, bool] = {}
        #: By driver, the context of its latest call, through which its notices reach the executor.
        self._contexts: dict[str, Context] = {}

    def follow(self, plan: Plan, stop_timeout: float) -> None:
        """Record the phases of each class in a plan; the other side sees one driver at a time."""
        if isinstance(self._session, PlanSession):
            self._session.follow(plan, stop_timeout)
        self._methods = {}
        for driver in plan:
            if driver.lifecycle is not None:
                self._methods.setdefault(reference_of(driver), set()).update(map(method_name, driver.phases))

    def _spec(self, driver: PlannedDriver) -> DriverSpec:
        shared = self._methods.get(reference_of(driver), set()).difference(map(method_name, driver.phases))
        return DriverSpec.of(driver, frozenset(shared))

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:
        """Load a lifecycle elsewhere."""
        return self._start(self._load(driver), done)

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:
        """Return what stands for a lifecycle here."""
        if driver.lifecycle is None and driver.process is None:
            return None
        spec = self._spec(driver)
        key = spec.phases, self._cleanup_after_crash(driver), Checks.of(driver)
        kind = self._classes.get(key)
        if kind is None:
            attributes: dict[str, Any] = {method_name(phase): _Remote.call for phase in spec.phases}
            if key[2] is not None:
                attributes |= {"check": _Remote.call, "recover": _Remote.call, **key[2]._asdict()}
            kind = self._classes[key] = type("Remote", (_Remote,), {**attributes, "cleanup_after_crash": key[1]})
        return kind(driver, spec, self)

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        """Call a method elsewhere."""
        return self._start(getattr(lifecycle, method)(context), done)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def _cleanup_after_crash(self, driver: PlannedDriver) -> bool:
        """Return whether a driver has to be cleaned up after a crash: a process, or one whose class says so."""
        if driver.process is not None:
            return True
        return self._loaded.get(driver.name, bool(getattr(driver.lifecycle, "cleanup_after_crash", False)))

    async def send(self, lifecycle: _Remote, context: Context) -> object:
        """Send a call; load its lifecycle first if it was not imported, because the plan has its class."""
        spec = lifecycle.spec
        self._contexts[spec.name] = context
        if spec.name not in self._loaded:
            await self._load(lifecycle.planned)
        provided = context.provided()
        published: dict[str, Mapping[str, Mapping[str, Published]]] = {
            name: {one.driver: one.published for one in found} for name, found in provided.items() if found
        }
        published[spec.name] = context.published()
        return await self._session.call(
            RemoteCall(
                spec,
                context.phase,
                dict(context.settings),
                context.remaining,
                dict(context.facts),
                {name: _spec_of(found) for name, found in provided.items()},
                published,
            )
        )

    async def _load(self, driver: PlannedDriver) -> None:
        self._loaded[driver.name] = await self._session.load(self._spec(driver))

    def _start(self, coroutine: Coroutine[Any, Any, object], done: Done) -> Handle:
        task = self._loop.create_task(_caught(coroutine))
        task.add_done_callback(lambda ended: _report(ended, coroutine, done))
        return _TaskHandle(task)

    def _notify(self, notice: RemoteNotice) -> None:
        context = self._contexts.get(notice.driver)
        if context is None:  # it was never called, so it cannot be lost
            return
        if notice.kind == "lost":
            context.lost(notice.reason)
        elif notice.kind == "degraded":
            context.degraded(notice.reason)
        elif notice.kind == "extend":
            context.extend(notice.seconds)
        elif notice.kind == "restarting":
            context.restarting(notice.reason)
        elif notice.kind == "published":
            if notice.value is not None:
                context.republish(notice.key, notice.value)
        else:
            context.restarted()


class _TaskHandle:
    """A call that goes on."""

    def __init__(self, task: asyncio.Task[Ended]) -> None:
        self._task = task

    def cancel(self) -> bool:
        """Cancel it."""
        self._task.cancel()
        return False


async def _caught(coroutine: Coroutine[Any, Any, object]) -> Ended:
    """Return what a coroutine returns or raises: asyncio would let a SystemExit in a task end the loop."""
    try:
        return await coroutine, None
    except BaseException as error:  # noqa: BLE001  the executor reports it
        return None, error


def _report(task: asyncio.Task[Ended], coroutine: Coroutine[Any, Any, object], done: Done) -> None:
    if task.cancelled():  # before its first line
        coroutine.close()
        done(None, asyncio.CancelledError())
    else:
        done(*task.result())


def _spec_of(found: tuple[Provided, ...]) -> DriverSpec | None:
    """Return the driver that a name stands for now; None if it is not there."""
    if not found:
        return None
    lifecycle = found[0].lifecycle
    if isinstance(lifecycle, _Remote):
        return lifecycle.spec
    return DriverSpec(found[0].driver, ())  # it has nothing to do, so there is no lifecycle elsewhere
