"""The engine that runs lifecycles in this process: async methods as tasks, plain ones in daemon threads."""

from __future__ import annotations

import asyncio
import inspect
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tierdeps.conformance.reference import UnusableReference, class_of, sentence_of
from tierdeps.engines import Engine
from tierdeps.errors import LifecycleError
from tierdeps.hooks import hookimpl
from tierdeps.lifecycle import Lifecycle
from tierdeps.logs import CURRENT_DRIVER
from tierdeps.stepping import Stepper
from tierdeps.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.engines import Done, Handle, OutputSink
    from tierdeps.lifecycle import Context
    from tierdeps.model import Plan, PlannedDriver, Process
    from tierdeps.processes.run import ProcessRun


class _Local:
    """Lifecycles in this process."""

    def __init__(
        self,
        *,
        threads: bool,
        instance: str = "",
        keep: bool = False,
        replace: bool = False,
        output: OutputSink | None = None,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._instance = instance
        self._keep = keep
        self._replace = replace
        self._output = output
        #: The folder that relative paths of processes are in: a driver may change the current one at any time.
        self._folder = ""
        with suppress(OSError):
            self._folder = os.getcwd()  # noqa: PTH109
        self._processes: ProcessRun | None = None
        self._followed: tuple[Plan, float] | None = None
        self._stepper = Stepper(loop)
        self._threads = Threads(loop) if threads else None
        # By identity where it is a class: a metaclass may have made its classes unhashable. Each class is kept too.
        self._classes: dict[str | int, type[Lifecycle]] = {}
        self._kinds: dict[tuple[int, str], tuple[type, bool | None]] = {}

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:
        """Import in a thread, because an import may take long."""
        if self._threads is None:
            done(None, None)
            return None
        return self._threads.submit(_class_of, driver, done)

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:
        """Make a lifecycle; whether its class can be one is looked into once for each class."""
        reference = driver.lifecycle
        if reference is None:
            return self._make_process(driver.process, driver.phases) if driver.process is not None else None
        key = reference if isinstance(reference, str) else id(reference)
        made = self._classes.get(key)
        if made is None:
            made = self._classes[key] = _class_of(driver)
        try:
            return made()
        except BaseException as error:
            problem = f"cannot be made: {sentence_of(error)}"
            raise LifecycleError(driver.name, _name(driver), problem) from error

    def _make_process(self, process: Process, phases: tuple[str, ...]) -> Lifecycle:
        from tierdeps.processes.lifecycle import process_lifecycle
        from tierdeps.processes.output import log_output
        from tierdeps.processes.run import ProcessRun

        if self._processes is None:
            self._processes = ProcessRun(
                self._instance,
                keep=self._keep,
                folder=self._folder,
                contain=True,
                replace=self._replace,
                sink=self._output or log_output,
            )
            if self._followed is not None:
                self._processes.follow(*self._followed)
        return process_lifecycle(process, phases, self._processes)

    def follow(self, plan: Plan, stop_timeout: float) -> None:
        """Have the guard of processes stop them in the order of this plan."""
        self._followed = plan, stop_timeout
        if self._processes is not None:
            self._processes.follow(plan, stop_timeout)

    def is_outdated(self, lifecycle: Lifecycle) -> bool:
        """Return whether a process was started with other values than its env files and variables have now."""
        if self._processes is None:
            return False
        from tierdeps.processes.lifecycle import ProcessLifecycle

        return isinstance(lifecycle, ProcessLifecycle) and lifecycle.is_outdated()

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        """Call a method: async ones start at once, plain ones go to a thread."""
        kind = type(lifecycle)
        key = (id(kind), method)
        try:
            _, is_async = self._kinds[key]
        except KeyError:
            is_async = _kind(kind, method)
            self._kinds[key] = (kind, is_async)
        if is_async is None:
            done(None, None)
            return None
        function = getattr(lifecycle, method)
        if is_async:
            return self._stepper.start(function(context), context, done)
        if self._threads is None:
            return self._inline(function, context, done)
        token = CURRENT_DRIVER.set(context.driver)
        try:
            return self._threads.submit(function, context, self._awaiting(context, done))
        finally:
            CURRENT_DRIVER.reset(token)

    def _awaiting(self, context: Context, done: Done) -> Done:
        """Await what a plain method gives, where it can be: a decorated async one does."""

        def ended(result: Any, error: BaseException | None) -> None:
            if error is None and _is_awaitable(result):
                self._stepper.start(result, context, done)
            else:
                done(result, error)

        return ended

    def _inline(self, function: Callable[[Context], Any], context: Context, done: Done) -> Handle | None:
        try:
            result = function(context)
        except BaseException as error:  # noqa: BLE001  plugin code
            done(None, error)
            return None
        if _is_awaitable(result):
            return self._stepper.start(result, context, done)
        done(result, None)
        return None

    def close(self) -> None:
        """Let the idle threads go, and the guard of processes."""
        if self._processes is not None:
            self._processes.close()
        if self._threads is not None:
            self._threads.close()


def _kind(lifecycle: type, method: str) -> bool | None:
    """Return whether a method is async; None where there is nothing to call."""
    function = getattr(lifecycle, method, None)
    if function is None or function is getattr(Lifecycle, method, None) or method.startswith("_"):
        return None
    return inspect.iscoroutinefunction(function)


def _is_awaitable(result: Any) -> bool:
    try:
        return inspect.isawaitable(result)
    except BaseException:  # noqa: BLE001  plugin code; what is wrong with it is said where results are looked at
        return False


def _name(driver: PlannedDriver) -> str:
    reference = driver.lifecycle
    return reference if isinstance(reference, str) else getattr(reference, "__qualname__", repr(reference))


def _class_of(driver: PlannedDriver) -> type[Lifecycle]:
    """Return a driver's lifecycle, imported where it is only named."""
    try:
        return class_of(driver.lifecycle)
    except UnusableReference as error:
        raise LifecycleError(driver.name, _name(driver), error.problem) from error.__cause__


def local_engine(
    instance: str = "", keep: bool = False, *, replace: bool = False, output: OutputSink | None = None
) -> Engine:
    """Return the engine for an ``instance``, which the processes of its runs are known by.

    With ``keep``, they may outlive the run: nobody guards them, and what they say goes to files. With ``replace``, what
    an earlier run left running is started again where it has changed in the graph. ``output`` is called with what
    processes print: a driver, the name of a stream, and lines of it as bytes; without it, each line is logged.
    """
    return Engine(
        "local",
        "runs lifecycles in this process, on asyncio",
        lambda: _Local(threads=True, instance=instance, keep=keep, replace=replace, output=output),
        configure=lambda options: local_engine(
            options.instance, options.keep, replace=options.replace, output=options.output
        ),
    )


ENGINE = local_engine()
#: The same without threads: plain methods run where they are called, as they must under a virtual clock.
INLINE = Engine("inline", "runs lifecycles in this process, plain methods too", lambda: _Local(threads=False))


@hookimpl
def tierdeps_engines() -> tuple[Engine, ...]:
    """Offer it."""
    return (ENGINE,)
