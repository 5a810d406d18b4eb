"""The base of engines that run the calls of drivers elsewhere: in another process, or on another host.

The executor stays in this process: it decides what is called and when, and holds the states, deadlines and policies.
Nothing is shared with the other side. A lifecycle is named ("package.module:Class") and never passed; what a call
needs crosses as a ``RemoteCall``, what comes back as a plain result or a ``RemoteFailure``. All of them are frozen
values that ``msgspec.json`` encodes and decodes. ``remote_engine`` is this side; ``LifecycleHost`` is the other one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping  # noqa: TC003  msgspec reads the annotations of values that it decodes
from traceback import format_exception
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol

from tierdeps._util.frozen import Value, field
from tierdeps.conformance import misfits
from tierdeps.conformance.reference import UnusableReference, class_of
from tierdeps.engines import Engine
from tierdeps.errors import LifecycleError, LostError, RemoteError, TierdepsError, UndeclaredDependency
from tierdeps.lifecycle import Context, Lifecycle, method_name
from tierdeps.model import PlannedDriver, Process

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tierdeps.engines import Done, Handle, Worker
    from tierdeps.model import Plan

    #: The result of a coroutine, or what it raised.
    Ended = tuple[object, BaseException | None]


class DriverSpec(Value):
    """A driver as the other side knows it: ``lifecycle`` is "package.module:Class", or ``process`` is given.

    ``shared`` are the methods of the class that are phases of other drivers.
    """

    name: str
    phases: tuple[str, ...]
    lifecycle: str | None = None
    process: Process | None = None
    shared: frozenset[str] = frozenset()

    @classmethod
    def of(cls, driver: PlannedDriver, shared: frozenset[str] = frozenset()) -> DriverSpec:
        """Return what names a driver elsewhere. Raises LifecycleError for a class that cannot be imported by name."""
        reference = _reference(driver)
        if isinstance(driver.lifecycle, type) and (reference.startswith("__main__:") or "<locals>" in reference):
            raise LifecycleError(driver.name, reference, "cannot be imported elsewhere; move the class to a module")
        return cls(driver.name, driver.phases, reference or None, driver.process, shared)


class RemoteCall(Value):
    """One call of one method, with all that its context provides.

    ``dependencies`` are the names that the method may look up: each with the driver that provides it now, or None if
    that is absent, disabled or failed.
    """

    driver: DriverSpec
    phase: str
    settings: Mapping[str, object]
    timeout: float
    facts: Mapping[str, bool] = field(default_factory=dict)
    dependencies: Mapping[str, DriverSpec | None] = field(default_factory=dict)


class RemoteFailure(Value):
    """An exception that was raised elsewhere, as text; ``lost`` is true for a LostError."""

    message: str
    traceback: str = ""
    lost: bool = False

    @classmethod
    def of(cls, error: BaseException) -> RemoteFailure:
        """Return the description of an exception."""
        if isinstance(error, TierdepsError):
            return cls(str(error), lost=isinstance(error, LostError))
        text = " ".join(str(error).split())
        kind = type(error).__name__
        return cls(f"{kind}: {text}" if text else kind, "".join(format_exception(error)).rstrip("\n"))

    def error(self) -> TierdepsError:
        """Return the exception to raise on this side."""
        return LostError(self.message) if self.lost else RemoteError(self.message, self.traceback)


class RemoteNotice(Value):
    """What a driver reports: that it is lost or degraded, needs time, restarts by itself, or is ready again."""

    driver: str
    kind: Literal["lost", "degraded", "extend", "restarting", "restarted"]
    reason: str = ""
    seconds: float = 0.0


class RemoteSession(Protocol):
    """The connection of one run to the other side; made on the event loop, where its methods are called too.

    Both coroutines are cancelled when their deadline has passed or the run stops: pass that on, and do not return
    before the call has ended or is given up. A failure is raised: ``raise failure.error()``.
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


class _RemoteWorker:
    """The in-process end of a remote engine: to the executor its lifecycles are ordinary asynchronous ones."""

    def __init__(self, connect: Callable[[Callable[[RemoteNotice], None]], RemoteSession]) -> None:
        self._loop = asyncio.get_running_loop()
        self._session = connect(self._notify)
        self._classes: dict[tuple[tuple[str, ...], bool], type[_Remote]] = {}
        #: By lifecycle, the methods that are phases of some driver.
        self._methods: dict[str, set[str]] = {}
        #: By driver, the ``cleanup_after_crash`` of what has been loaded.
        self._loaded: dict[str, bool] = {}
        #: By driver, the context of its latest call, through which its notices reach the executor.
        self._contexts: dict[str, Context] = {}

    def follow(self, plan: Plan, stop_timeout: float) -> None:  # noqa: ARG002
        """Record the phases of each class in a plan; the other side sees one driver at a time."""
        self._methods = {}
        for driver in plan:
            if driver.lifecycle is not None:
                self._methods.setdefault(_reference(driver), set()).update(map(method_name, driver.phases))

    def _spec(self, driver: PlannedDriver) -> DriverSpec:
        shared = self._methods.get(_reference(driver), set()).difference(map(method_name, driver.phases))
        return DriverSpec.of(driver, frozenset(shared))

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:
        """Load a lifecycle elsewhere."""
        return self._start(self._load(driver), done)

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:
        """Return what stands for a lifecycle here."""
        if driver.lifecycle is None and driver.process is None:
            return None
        spec = self._spec(driver)
        key = spec.phases, self._cleanup_after_crash(driver)
        kind = self._classes.get(key)
        if kind is None:
            attributes = {method_name(phase): _Remote.call for phase in spec.phases}
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
        dependencies = _dependencies(lifecycle.planned, context)
        return await self._session.call(
            RemoteCall(
                spec, context.phase, dict(context.settings), context.remaining, dict(context.facts), dependencies
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
        else:
            context.restarted()


def _reference(driver: PlannedDriver) -> str:
    """Return the name of a driver's lifecycle, whether or not it can be imported by it."""
    reference = driver.lifecycle
    return f"{reference.__module__}:{reference.__qualname__}" if isinstance(reference, type) else reference or ""


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


def _dependencies(driver: PlannedDriver, context: Context) -> dict[str, DriverSpec | None]:
    """Return what a call may look up; the executor decides that, so each declared name is looked up here."""
    waits = [wait for group in driver.waits for wait in group]
    names = {name for wait in waits for name in (wait.target.partition(":")[0], wait.step.driver)}
    found: dict[str, DriverSpec | None] = {}
    for name in sorted(names | {target.partition(":")[0] for target in driver.absent}):
        try:
            lifecycle = context.get(name)
        except UndeclaredDependency:  # it is declared for a later phase only
            continue
        if isinstance(lifecycle, _Remote):
            found[name] = lifecycle.spec
        else:  # it has nothing to do, so there is no lifecycle elsewhere
            found[name] = None if lifecycle is None else DriverSpec(name, ())
    return found


class LifecycleHost:
    """The other side: instantiates lifecycles by name, and runs calls of them.

    ``worker`` runs the calls in this process, ``local_engine().open()`` for example; ``notify`` sends a notice back.
    Both coroutines may be cancelled, which cancels what they run. They raise what the lifecycle raised: send that back
    as ``RemoteFailure.of(error)``.
    """

    def __init__(self, worker: Worker, notify: Callable[[RemoteNotice], object]) -> None:
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self.notify = notify
        self.lifecycles: dict[str, Lifecycle | None] = {}

    async def load(self, driver: DriverSpec) -> bool:
        """Import and instantiate a driver's lifecycle; return its ``cleanup_after_crash``. Raises LifecycleError."""
        planned = PlannedDriver(
            driver.name, "", 1, driver.phases, ((),) * len(driver.phases), driver.lifecycle, process=driver.process
        )
        if driver.lifecycle is not None:
            await self._await(lambda done: self._worker.import_class(planned, done))
            _refuse_misfit(driver)
        lifecycle = self.lifecycles[driver.name] = self._worker.instantiate(planned)
        return bool(getattr(lifecycle, "cleanup_after_crash", False))

    async def call(self, call: RemoteCall) -> object:
        """Call a method of a lifecycle, and return its result."""
        lifecycle = self.lifecycles.get(call.driver.name)
        if lifecycle is None:
            raise RemoteError(f"the lifecycle of {call.driver.name!r} was not loaded here")
        context = Context(
            call.driver.name,
            call.phase,
            MappingProxyType(dict(call.settings)),
            call.timeout,
            self._loop.time() + call.timeout,
            _CallHost(call, self),
        )
        method = method_name(call.phase)
        return await self._await(lambda done: self._worker.invoke(lifecycle, method, context, done))

    def close(self) -> None:
        """Release the threads and processes of the worker."""
        self._worker.close()

    async def _await(self, start: Callable[[Done], Handle | None]) -> object:
        """Return the result of a call of the worker; on cancellation, cancel the call and wait for its end."""
        result: asyncio.Future[tuple[object, BaseException | None]] = self._loop.create_future()

        def done(value: Any, error: BaseException | None) -> None:
            if not result.done():
                result.set_result((value, error))

        handle = start(done)
        try:
            value, error = await asyncio.shield(result)
        except asyncio.CancelledError:
            if handle is not None and not handle.cancel():
                await result
            raise
        if error is not None:
            raise error
        return value


def _refuse_misfit(driver: DriverSpec) -> None:
    try:
        found = misfits(class_of(driver.lifecycle), driver.phases, driver.shared)
    except UnusableReference as error:
        raise LifecycleError(driver.name, str(driver.lifecycle), error.problem) from error.__cause__
    problem = "; ".join(misfit.problem for misfit in found if not misfit.idle)
    if problem:
        raise LifecycleError(driver.name, str(driver.lifecycle), f"does not fit its phases: {problem}")


class _CallHost:
    """Answers the requests of a call's context from the ``RemoteCall``."""

    def __init__(self, call: RemoteCall, host: LifecycleHost) -> None:
        self._call = call
        self._host = host
        self._loop = asyncio.get_running_loop()

    def clock(self) -> float:
        return self._loop.time()

    def look_up(self, driver: str, phase: str, name: str) -> Lifecycle | None:
        if name not in self._call.dependencies:
            raise UndeclaredDependency(driver, phase, name)
        found = self._call.dependencies[name]
        if found is None:
            return None
        if found.lifecycle is None and found.process is None:
            return Lifecycle()
        lifecycle = self._host.lifecycles.get(found.name)
        if lifecycle is None:
            raise RemoteError(f"the lifecycle of {found.name!r} lives elsewhere, and cannot be used by {driver!r}")
        return lifecycle

    def facts(self, driver: str) -> Mapping[str, bool]:  # noqa: ARG002
        return MappingProxyType(dict(self._call.facts))

    def lost(self, driver: str, reason: str) -> None:
        self._send(RemoteNotice(driver, "lost", reason))

    def failed(self, driver: str, error: BaseException) -> None:
        self._send(RemoteNotice(driver, "lost", RemoteFailure.of(error).message))

    def degraded(self, context: Context, reason: str) -> None:
        self._send(RemoteNotice(context.driver, "degraded", reason))

    def extend(self, context: Context, seconds: float) -> None:
        self._send(RemoteNotice(context.driver, "extend", seconds=seconds))

    def restarts(self, driver: str, reason: str | None) -> None:
        self._send(RemoteNotice(driver, "restarted") if reason is None else RemoteNotice(driver, "restarting", reason))

    def held(self, context: Context, seconds: float, *, ended: bool) -> None:
        """Blocking this loop affects no other driver's deadline: those are counted where the executor is."""

    def _send(self, notice: RemoteNotice) -> None:
        self._loop.call_soon_threadsafe(self._host.notify, notice)
