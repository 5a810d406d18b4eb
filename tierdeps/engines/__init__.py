"""Engines make the calls of a run: the executor decides what is called and when, an engine calls it; one file each.

An engine in this process implements ``Worker``. One that makes calls elsewhere uses ``tierdeps.engines.remote``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from tierdeps._util.frozen import Value, field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tierdeps.lifecycle import Context, Lifecycle
    from tierdeps.model import Plan, PlannedDriver

    #: Called with the result of a call, or with what it raised.
    Done = Callable[[Any, BaseException | None], None]
    OutputSink = Callable[[str, str, Sequence[bytes]], object]


class Handle(Protocol):
    """A call that has not ended."""

    def cancel(self) -> bool:
        """Request its cancellation, without waiting for its end. Return whether it never starts."""
        ...


class Worker(Protocol):
    """An engine's part in one run, on the run's event loop.

    Each import and call ends with one call of ``done``, on the loop; it may come before the method returns.
    """

    def import_class(self, driver: PlannedDriver, done: Done) -> Handle | None:
        """Import the lifecycle of a driver whose plan only names it."""
        ...

    def instantiate(self, driver: PlannedDriver) -> Lifecycle | None:
        """Return a new lifecycle for a driver, after ``import_class``; None if it has nothing to do. May raise."""
        ...

    def invoke(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        """Call a method of a lifecycle; a missing method does nothing."""
        ...

    def close(self) -> None:
        """Release what is idle; called when the run has ended."""
        ...


@runtime_checkable
class PlanFollower(Worker, Protocol):
    """A worker that has to know the order of the stop, for the case that this process is killed."""

    def follow(self, plan: Plan, stop_timeout: float) -> None:
        """Use this plan from now on; ``stop_timeout`` is that of drivers without one of their own, in seconds."""
        ...


@runtime_checkable
class ProcessInspector(Worker, Protocol):
    """A worker that runs processes, and can compare them with what a start would give now."""

    def is_outdated(self, lifecycle: Lifecycle) -> bool:
        """Return whether env files or variables have other values than when the process of a lifecycle was started."""
        ...


class TlsFiles(Value):
    """A TLS identity, as paths of PEM files or as their texts.

    ``ca`` is the certificate of the authority that signed those of all sides; ``cert`` and ``key`` are one's own.
    """

    ca: str
    cert: str
    key: str


class EngineOptions(Value):
    """What ``tierdeps start`` knows of a run, for engines whose drivers outlive calls.

    ``instance`` is the key by which later commands find what belongs to the run; ``keep`` says that it may outlive the
    run; ``replace`` that what an earlier run left and that has changed in the graph is started again. ``scheduler`` is
    the address at which an engine for many hosts finds them, ``tls`` the identity to show there. ``host_facts`` are the
    facts that the latest plan was made with, by the host that stated them; it changes when the run is reloaded.
    ``held`` are the drivers that earlier runs may have left up, by host: none of them may be started on another one
    before it is stopped there.
    ``output`` is called with what processes print: a driver, the name of a stream, and lines of it; without it, each
    line is logged.
    """

    instance: str = ""
    keep: bool = False
    replace: bool = False
    scheduler: str | None = None
    tls: TlsFiles | None = None
    host_facts: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    held: Mapping[str, Sequence[str]] = field(default_factory=dict)
    output: OutputSink | None = None


class Engine(Value):
    """A way to make the calls of a plan; ``name`` is the NAME of ``start --engine NAME``.

    ``open`` is called on the event loop, once for each run. With ``dry`` nothing really happens: ``start`` records no
    run, and exits after the report. ``configure`` returns the engine for the options of a run; without it they do not
    matter to the engine. ``require`` raises a TierdepsError if a distribution that the engine needs is not installed.
    ``host_facts`` returns, before a plan is made, the facts that hosts state of themselves, or why they are unknown.
    """

    name: str
    summary: str
    open: Callable[[], Worker]
    dry: bool = False
    configure: Callable[[EngineOptions], Engine] | None = None
    require: Callable[[], None] | None = None
    host_facts: Callable[[EngineOptions, Sequence[str]], Mapping[str, Mapping[str, bool] | str]] | None = None

    def configured(self, options: EngineOptions) -> Engine:
        """Return the engine for the options of a run."""
        return self if self.configure is None else self.configure(options)
