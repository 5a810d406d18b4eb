"""The base class of lifecycles, which do the work of drivers, and the context that their methods receive."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar, Union, overload

from tierdeps.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from logging import Logger

Value = TypeVar("Value")
Found = TypeVar("Found", bound="Lifecycle")
#: The result of a method that may be ``async`` or plain.
MaybeAwaitable = Union[Awaitable[Value], Value]  # noqa: UP007  evaluated, where | is not yet allowed


class Host(Protocol):
    """What a context calls: the run that makes the call."""

    def clock(self) -> float:
        """Return the seconds that deadlines are counted in."""
        ...

    def look_up(self, driver: str, phase: str, name: str) -> Lifecycle | None:
        """Answer ``Context.get``."""
        ...

    def facts(self, driver: str) -> Mapping[str, bool]:
        """Answer ``Context.facts``."""
        ...

    def lost(self, driver: str, reason: str) -> None:
        """Record that a driver no longer works; from any thread."""
        ...

    def failed(self, driver: str, error: BaseException) -> None:
        """Answer ``Context.failed``; from any thread."""
        ...

    def restarts(self, driver: str, reason: str | None) -> None:
        """Record that a driver restarts by itself, or without a reason, that it is ready again."""
        ...

    def degraded(self, context: Context, reason: str) -> None:
        """Record that a driver is or will be ready, and not whole; from any thread."""
        ...

    def extend(self, context: Context, seconds: float) -> None:
        """Give a call no less than so many seconds from now; from any thread."""
        ...

    def held(self, context: Context, seconds: float, *, ended: bool) -> None:
        """Record what ``Context.held`` reports."""
        ...


class Context:
    """What a lifecycle receives with each call of one of its methods.

    ``driver`` and ``phase`` name the step (or ``probe``, ``adopt``, ``reload``, ``stop`` and ``cleanup``, which are no
    phases); ``settings`` is the driver's own table; ``timeout`` is the time limit of the call in seconds, and
    ``deadline`` the moment when it ends, on the clock that ``remaining`` reads.
    """

    __slots__ = ("_host", "cancelled", "deadline", "driver", "phase", "settings", "timeout")

    def __init__(  # noqa: PLR0917  made once for each call: nothing in between
        self, driver: str, phase: str, settings: Mapping[str, object], timeout: float, deadline: float, host: Host
    ) -> None:
        self.driver: str = driver
        self.phase: str = phase
        self.settings: Mapping[str, object] = settings
        self.timeout: float = timeout
        self.deadline: float = deadline
        #: True once the call is to end early: a plain method cannot be interrupted, so a long one should check it.
        self.cancelled: bool = False
        self._host = host

    @property
    def logger(self) -> Logger:
        """The driver's logger, ``tierdeps.driver.NAME``; a handler that raises does not fail the call that logs."""
        from tierdeps.logs import logger_of

        return logger_of(f"tierdeps.driver.{self.driver}")

    @property
    def remaining(self) -> float:
        """How many seconds the call has left."""
        return max(0.0, self.deadline - self._host.clock())

    @property
    def facts(self) -> Mapping[str, bool]:
        """The plan's facts by name, read-only: whether each one holds."""
        return self._host.facts(self.driver)

    @overload
    def get(self, name: str) -> Lifecycle | None: ...
    @overload
    def get(self, name: str, kind: type[Found]) -> Found: ...
    def get(self, name: str, kind: type[Found] | None = None) -> Lifecycle | Found | None:
        """Return the lifecycle of a dependency that is declared for this phase or an earlier one.

        With ``kind``, the class that it must have, the result is never None: for a driver that is required. Raises
        RunError if it is absent, or of another class.

        Without ``kind``, None stands for a driver that is absent, disabled, skipped or failed, which only a dependent
        sees that does not require it, and for one whose condition, ``when``, does not hold (see ``facts``). Raises
        UndeclaredDependency for any other name.
        """
        found = self._host.look_up(self.driver, self.phase, name)
        if kind is None:
            return found
        if found is None:
            raise RunError(
                f"{self.driver}:{self.phase} looked up {name!r}, which is not there: it is absent, disabled, skipped or"
                f" failed; where it may be so, look it up without a class: context.get({name!r})"
            )
        if not isinstance(found, kind):
            raise RunError(
                f"{self.driver}:{self.phase} looked up {name!r} as {kind.__qualname__}, and it is"
                f" {type(found).__qualname__}; name that class, or correct the driver {name!r}"
            )
        return found

    def held(self, seconds: float, *, ended: bool) -> None:
        """Report that one step of the call held the event loop for so long; ``ended`` where the call ended with it.

        For engines, before they report the result of the call. Short steps need not be reported, except one with which
        the call ended and which started after the deadline.
        """
        self._host.held(self, seconds, ended=ended)

    def lost(self, reason: str) -> None:
        """Report that this driver, which was ready, no longer works; from any thread, also after the call."""
        self._host.lost(self.driver, reason)

    def failed(self, error: BaseException) -> None:
        """Report the same because a task or callback of its own raised an exception: the reason; from any thread."""
        self._host.failed(self.driver, error)

    def degraded(self, reason: str) -> None:
        """Report that a part of what this driver brings up does not come up: it goes on to be ready all the same.

        It opens its barrier and what requires it starts; its state is shown with the reason, and the run exits with 4.
        From a phase or from ``reload``, once for each part that is missing, from any thread; also later, once the
        driver is ready. What a failed attempt reported is forgotten when the phase is tried again.
        """
        self._host.degraded(self, reason)

    def extend(self, seconds: float) -> None:
        """Ask for no less than so many seconds from now; from any thread, while the call goes on.

        For calls that work through many things, each of which has a time of its own:
        ``context.extend(context.timeout)`` before each. The deadline of the whole run stays as it is.
        """
        self.deadline = max(self.deadline, self._host.clock() + seconds)
        self._host.extend(self, seconds)

    def restarting(self, reason: str) -> None:
        """Report that this driver, which was ready, restarts by itself; its dependents go on. From any thread."""
        self._host.restarts(self.driver, reason)

    def restarted(self) -> None:
        """Report that it is ready again, for what is to be started again with it; from any thread."""
        self._host.restarts(self.driver, None)


class Lifecycle:
    """The base of lifecycles; its methods do nothing.

    It is made without arguments. Besides these methods it has one for each phase of its driver, called with a context:
    ``def start(self, context)``, and for a phase ``auto-start`` ``def auto_start(self, context)``; a phase without a
    method has nothing to do. Methods are ``async``, or plain and then run in a thread. An ``async`` method must not
    block: whatever it does without awaiting holds up all others. One that blocks the event loop beyond its deadline
    has failed, and one that blocks it for more than half a second is named in the report's notes. Methods return
    nothing, but for ``probe`` and ``adopt``: any other result is a failure.
    """

    #: Whether ``cleanup`` is called before the first phase if a run that had started this driver was killed.
    cleanup_after_crash: ClassVar[bool] = False
    #: Public methods with a context that are neither phases nor verbs, because others call them: ``check`` would take
    #: one that nothing in its class calls for a phase that was forgotten or misspelt (TD304).
    helpers: ClassVar[tuple[str, ...]] = ()

    def probe(self, context: Context) -> MaybeAwaitable[str | None]:
        """Return why there is nothing to do on this host: the driver is then skipped. Called before anything else.

        What requires it starts all the same, and ``context.get`` gives it None; unless it declares ``skipped="block"``.
        """

    def adopt(self, context: Context) -> MaybeAwaitable[bool]:  # noqa: ARG002  for those who override it
        """Return whether it is running already: it is then neither started nor ever stopped."""
        return False

    def reload(self, context: Context) -> MaybeAwaitable[None]:
        """Apply changed settings without a stop."""

    def stop(self, context: Context) -> MaybeAwaitable[None]:
        """Undo what the phases did; called once if one of them was started, even if it failed.

        Raises LostError, after that, if the driver had stopped working before.
        """

    def cleanup(self, context: Context) -> MaybeAwaitable[None]:
        """Remove what is left; called last."""


def method_name(phase: str) -> str:
    """Return the name of the method for a phase."""
    return phase.replace("-", "_")
