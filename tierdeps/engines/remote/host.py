"""The other side of a remote engine: lifecycles that are instantiated by name, and the context of their calls."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping  # noqa: TC003  msgspec reads the annotations of values that it decodes
from threading import get_ident
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tierdeps.conformance import misfits
from tierdeps.conformance.reference import UnusableReference, class_of
from tierdeps.engines.remote.messages import DriverSpec, RemoteCall, RemoteFailure, RemoteNotice
from tierdeps.errors import LifecycleError, OtherHostError, RemoteError, UndeclaredDependency
from tierdeps.lifecycle import Context, Lifecycle, Provided, method_name
from tierdeps.model import PlannedDriver

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.engines import Done, Handle, Worker
    from tierdeps.published import Published

    #: The result of a coroutine, or what it raised.
    Ended = tuple[object, BaseException | None]


class LifecycleHost:
    """The other side: instantiates lifecycles by name, and runs calls of them.

    ``worker`` runs the calls in this process, ``local_engine().open()`` for example; ``notify`` sends a notice back.
    Both coroutines may be cancelled, which cancels what they run. They raise what the lifecycle raised: send that back
    as ``RemoteFailure.of(error)``.
    """

    def __init__(self, worker: Worker, notify: Callable[[RemoteNotice], object]) -> None:
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self.thread: int = get_ident()
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
        if found.host != self._call.driver.host:
            here, there = (each or "no host" for each in (self._call.driver.host, found.host))
            raise OtherHostError(driver, phase, name, here, there)
        lifecycle = self._host.lifecycles.get(found.name)
        if lifecycle is None:
            raise RemoteError(f"the lifecycle of {found.name!r} is not loaded here, and cannot be used by {driver!r}")
        return lifecycle

    def publish(self, driver: str, key: str, value: Published) -> None:
        self._send(RemoteNotice(driver, "published", key=key, value=value))

    def published(self, driver: str, phase: str, name: str) -> Mapping[str, Mapping[str, Published]]:
        if name.endswith("@*"):
            names = [known for known in self._call.dependencies if known.startswith(name[:-1])]
            if names:
                return {key: value for known in names for key, value in self._call.published.get(known, {}).items()}
        if name not in self._call.dependencies and name != driver:
            raise UndeclaredDependency(driver, phase, name)
        return self._call.published.get(name, {})

    def provided(self, driver: str) -> Mapping[str, tuple[Provided, ...]]:  # noqa: ARG002
        lifecycles, published = self._host.lifecycles, self._call.published
        return {
            name: tuple(
                Provided(one, lifecycles.get(one) or Lifecycle(), values)
                for one, values in published.get(name, {}).items()
            )
            for name in self._call.dependencies
        }

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
        """Send a notice, before the end of the call is reported: that may happen in this very step of the loop."""
        if get_ident() == self._host.thread:
            self._host.notify(notice)
        else:
            self._loop.call_soon_threadsafe(self._host.notify, notice)
