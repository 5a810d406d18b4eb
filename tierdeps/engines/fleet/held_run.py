"""The drivers of one run that a worker holds: they outlast the connection to the run, and the run itself."""

from __future__ import annotations

import asyncio
from logging import getLogger
from typing import TYPE_CHECKING

from msgspec import Struct

from tierdeps._util.frozen import field, replace
from tierdeps.engines.fleet.messages import Cancel, Invoke, Load, Noticed, Reply, Undo, encode
from tierdeps.engines.fleet.output import end_line
from tierdeps.engines.local import local_engine
from tierdeps.engines.remote.host import LifecycleHost
from tierdeps.engines.remote.messages import RemoteFailure
from tierdeps.logs import CURRENT_DRIVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.engines import Engine
    from tierdeps.engines.fleet.messages import Hello
    from tierdeps.engines.remote.messages import DriverSpec, RemoteCall, RemoteNotice

#: How long calls that are cancelled may take to end before their drivers are stopped.
CANCEL_TIMEOUT_S = 5.0
_BEFORE_PHASES = ("probe", "adopt", "cleanup")


class _Held(Struct):
    """A driver: what is known of it, and the phases that it has done since it last stopped.

    ``inherited`` says that an earlier run brought it up, and that the present one has not yet called all that it did.
    """

    spec: DriverSpec
    cleanup_after_crash: bool
    done: set[str] = field(default_factory=set)
    #: By key, the notices of what it has published since it last stopped.
    published: dict[str, RemoteNotice] = field(default_factory=dict)
    call: RemoteCall | None = None
    inherited: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all its phases are done."""
        return self.done.issuperset(self.spec.phases)


def engine_of(hello: Hello) -> Engine:
    """Return the engine that makes the calls of a run on this host."""
    return local_engine(hello.instance, hello.keep, replace=hello.replace)


class HeldRun:
    """The drivers of one run on this host. ``send`` takes the encoded messages to the executor.

    A run that takes over the drivers of an earlier one calls their phases as if they were not up. Those that were done
    are not made again, so nothing that runs is started twice or disturbed; the run then stops the drivers as its own.
    """

    def __init__(self, hello: Hello, send: Callable[[bytes], None], engine: Engine) -> None:
        self.session: str | None = hello.session
        self._send = send
        self._stop_timeout = hello.stop_timeout
        self._host = LifecycleHost(engine.open(), self._notify)
        self._drivers: dict[str, _Held] = {}
        #: The drivers of which a phase was called, in that order, without those that were stopped.
        self._up: dict[str, None] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        #: The requests that are stops.
        self._stops: set[int] = set()

    @property
    def holds_any(self) -> bool:
        """Whether a driver is up, or a part of one."""
        return bool(self._up)

    @property
    def up(self) -> tuple[str, ...]:
        """The drivers that are up, or in part."""
        return tuple(self._up)

    @property
    def inherits_any(self) -> bool:
        """Whether a driver is up that an earlier run started, and of which the present one has called nothing."""
        return any(held.inherited for held in self._drivers.values())

    def has(self, driver: str) -> bool:
        """Return whether it has loaded a driver."""
        return driver in self._drivers

    def _notify(self, notice: RemoteNotice) -> None:
        held = self._drivers.get(notice.driver)
        if held is not None and notice.kind == "published":
            held.published[notice.key] = notice
        self._send(encode(Noticed(notice)))

    def say(self, body: bytes) -> None:
        """Send an encoded message."""
        self._send(body)

    def take(self, message: Load | Invoke | Undo | Cancel) -> None:
        """Start what is requested."""
        if isinstance(message, Cancel):
            self._cancel(message.number)
            return
        task = self._tasks[message.number] = asyncio.ensure_future(self._serve(message))
        task.add_done_callback(lambda ended: self._ended(message.number, ended))
        if isinstance(message, Invoke) and message.call.phase == "stop":
            self._stops.add(message.number)

    def _cancel(self, number: int) -> None:
        """Cancel a request. A stop has its first step even if both came together: the next call may be a start."""
        task = self._tasks.get(number)
        if task is None:
            return
        if number in self._stops:
            asyncio.get_running_loop().call_soon(task.cancel)
        else:
            task.cancel()

    async def _serve(self, request: Load | Invoke | Undo) -> None:
        driver = _driver_of(request)
        CURRENT_DRIVER.set(driver)  # in this task, and in what the call starts
        try:
            if isinstance(request, Load):
                result: object = await self._load(request.driver)
            elif isinstance(request, Undo):
                result = await self._undo(driver, request.seconds) if driver in self._drivers else ""
            else:
                result = await self._call(request.call)
            body = encode(Reply(request.number, result))
        except BaseException as error:  # noqa: BLE001  plugin code
            body = encode(Reply(request.number, failure=RemoteFailure.of(error)))
        end_line(driver)
        self._send(body)

    def _ended(self, number: int, task: asyncio.Task[None]) -> None:
        del self._tasks[number]
        self._stops.discard(number)
        if task.cancelled():  # before its first line
            self._send(encode(Reply(number, failure=RemoteFailure("the call was cancelled"))))

    async def _load(self, spec: DriverSpec) -> bool:
        held = self._drivers.get(spec.name)
        if held is not None and held.inherited:
            if held.spec == spec:
                return held.cleanup_after_crash
            await self._undo(spec.name)
        self._drivers[spec.name] = held = _Held(spec, await self._host.load(spec))
        return held.cleanup_after_crash

    async def _call(self, call: RemoteCall) -> object:
        held = self._drivers.get(call.driver.name)
        if held is None:
            return await self._host.call(call)  # raises
        if held.inherited:
            if call.phase in _BEFORE_PHASES:
                return None
            if call.phase in held.done:
                await self._continue(held, call)
                return None
        held.inherited = False
        held.call = call
        done = held.done
        if call.phase in held.spec.phases:
            self._up[call.driver.name] = None
        elif call.phase == "stop":  # whatever becomes of it, nothing of the driver counts as done any more
            self._up.pop(call.driver.name, None)
            held.done = set()
            held.published.clear()
        result = await self._host.call(call)
        if call.phase in held.spec.phases:
            done.add(call.phase)  # of no use if it ends after a stop
        return result

    async def _continue(self, held: _Held, call: RemoteCall) -> None:
        """Answer a phase that was done in an earlier run; changed settings are applied at the first one."""
        before, held.call = held.call, call
        if call.phase == held.spec.phases[0]:
            for notice in held.published.values():
                self._send(encode(Noticed(notice)))
        if call.phase == held.spec.phases[-1]:
            held.inherited = False
        if call.phase == held.spec.phases[0] and before is not None and before.settings != call.settings:
            await self._host.call(replace(call, phase="reload"))

    # The end of a run, and its continuation by another one

    async def take_over(self, hello: Hello, send: Callable[[bytes], None]) -> None:
        """Belong to another run from now on. What it does not have, or what was not whole, is stopped first."""
        await self._cancel_calls()
        for name in reversed(list(self._up)):
            if name not in hello.drivers or not self._drivers[name].is_whole:
                await self._undo(name)
        for held in self._drivers.values():
            held.inherited = held.spec.name in self._up
        self.session, self._send, self._stop_timeout = hello.session, send, hello.stop_timeout

    async def attach(self, session: str, send: Callable[[bytes], None]) -> tuple[str, ...]:
        """Belong to a session that only stops what is held; return the drivers that are up, or in part."""
        await self._cancel_calls()
        self.session, self._send = session, send
        return self.up

    async def stop(self) -> None:
        """Stop all that is up, in reverse, because no run is there to do it."""
        await self._cancel_calls()
        for name in reversed(list(self._up)):
            await self._undo(name)
        self.close()

    def close(self) -> None:
        """Release the threads and processes."""
        self._host.close()

    async def _cancel_calls(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CANCEL_TIMEOUT_S)

    async def _undo(self, name: str, seconds: float | None = None) -> str:
        """Stop a driver and clean up after it; what goes wrong is logged and returned, and the others follow."""
        held = self._drivers.pop(name)
        self._up.pop(name, None)
        if held.call is None:
            return ""
        seconds = seconds or self._stop_timeout
        problems = []
        for phase in ("stop", "cleanup"):
            call = replace(held.call, phase=phase, timeout=seconds)
            token = CURRENT_DRIVER.set(name)
            try:
                async with asyncio.timeout(seconds):
                    await self._host.call(call)
            except BaseException as error:  # plugin code may raise anything
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                problems.append(f"{phase}: {RemoteFailure.of(error).message}")
                getLogger(f"tierdeps.driver.{name}").error("%s", problems[-1])  # noqa: TRY400  one line
            finally:
                CURRENT_DRIVER.reset(token)  # what is written after it is no output of the driver
        return "; ".join(problems)


def _driver_of(request: Load | Invoke | Undo) -> str:
    """Return the name of the driver that a request is about."""
    if isinstance(request, Undo):
        return request.driver
    return request.driver.name if isinstance(request, Load) else request.call.driver.name
