"""Engines execute plans: the executor decides what is called and when, an engine calls it; one file each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.lifecycle import Context, Lifecycle
    from tierdeps.model import Plan, PlannedDriver

    #: How a worker tells what a call came to: its result, or what it raised.
    Done = Callable[[Any, BaseException | None], None]


class Handle(Protocol):
    """A call that goes on."""

    def give_up(self) -> bool:
        """Ask it to end; it may take its time, or never do so. Return whether not even its first line will be run."""
        ...


class Worker(Protocol):
    """An engine at work on one run, on the run's event loop.

    What goes on for a while ends with one call of ``done``, on the loop; it may come before the method returns.
    """

    def fetch(self, driver: PlannedDriver, done: Done) -> Handle | None:
        """Import the life cycle of a driver that only names it, where that takes more than a moment."""
        ...

    def make(self, driver: PlannedDriver) -> Lifecycle | None:
        """Make a driver's life cycle, once it was fetched; None where it has nothing to do. May raise."""
        ...

    def call(self, lifecycle: Lifecycle, method: str, context: Context, done: Done) -> Handle | None:
        """Call a method of a life cycle; one that it does not have does nothing."""
        ...

    def close(self) -> None:
        """Let go of what is idle; called when the run is over."""
        ...


@runtime_checkable
class Awaiter(Worker, Protocol):
    """A worker that does no more with some methods than to await them: the executor then does it, which is faster."""

    def awaits(self, lifecycle: type[Lifecycle], method: str) -> bool:
        """Tell whether a call of this method gives a coroutine, and the worker would only await it."""
        ...


@runtime_checkable
class PlanFollower(Worker, Protocol):
    """A worker that has to know in what order all is stopped, for the case that this process is killed."""

    def follow(self, plan: Plan, stop_timeout: float) -> None:
        """Go by this plan from now on; ``stop_timeout`` is that of drivers that have none of their own, in seconds."""
        ...


class Engine(Value):
    """One way to execute plans: ``open`` is called on the event loop, once for each run.

    ``dry`` says that nothing really happens.
    """

    name: str
    summary: str
    open: Callable[[], Worker]
    dry: bool = False
