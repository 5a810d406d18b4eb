"""What a driver does: the base class of lifecycles, and the context that each of their methods is given."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar, Union, overload

from tierdeps.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from logging import Logger

Value = TypeVar("Value")
Found = TypeVar("Found", bound="Lifecycle")
#: What a method may give: it is ``async``, or plain.
MaybeAwaitable = Union[Awaitable[Value], Value]  # noqa: UP007  evaluated, where | is not yet allowed


class Host(Protocol):
    """What a context is of: the run that makes the call."""

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
        """Record that a driver works no more; from any thread."""
        ...

    def failed(self, driver: str, error: BaseException) -> None:
        """Answer ``Context.failed``; from any thread."""
        ...

    def restarts(self, driver: str, reason: str | None) -> None:
        """Record that a driver begins again by itself, or where there is no reason, that it is ready again."""
        ...

    def degraded(self, context: Context, reason: str) -> None:
        """Record that a driver is or will be ready, and not whole; from any thread."""
        ...

    def held(self, context: Context, seconds: float, *, ended: bool) -> None:
        """Record what ``Context.held`` reports."""
        ...


class Context:
    """What a lifecycle is told in one call of one of its methods.

    ``driver`` and ``phase`` name what is being run (``probe``, ``adopt``, ``reload``, ``stop`` and ``cleanup`` are no
    phases, but named here too); ``settings`` is the driver's own table; the call was given ``timeout`` seconds, and
    ``deadline`` is when they end, on the clock that ``remaining`` reads.
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
        #: True once the call is to end early: a plain method cannot be interrupted, but it can look.
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
        """The plan's facts, by name: whether each one holds. Nothing can be changed in it."""
        return self._host.facts(self.driver)

    @overload
    def get(self, name: str) -> Lifecycle | None: ...
    @overload
    def get(self, name: str, kind: type[Found]) -> Found: ...
    def get(self, name: str, kind: type[Found] | None = None) -> Lifecycle | Found | None:
        """Return the lifecycle of a dependency that is declared for this phase or an earlier one.

        With the class that it is of, ``kind``, it is never None: for what is required. Raises RunError where it is not
        there all the same, or of another class.

        None for one that is absent, disabled, skipped or failed: only a dependent that can do without gets that far.
        None as well for one whose condition, ``when``, does not hold; ``facts`` says which of them do.
        Raises UndeclaredDependency for any other name.
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

        For engines, before they report what the call came to. Short steps need not be reported, but for one with which
        the call ended, and which began after the deadline.
        """
        self._host.held(self, seconds, ended=ended)

    def lost(self, reason: str) -> None:
        """Tell that a driver that was ready works no more; from any thread, at any time after the call too."""
        self._host.lost(self.driver, reason)

    def failed(self, error: BaseException) -> None:
        """Tell the same of a driver whose own task or callback raised: the exception is the reason. From any thread."""
        self._host.failed(self.driver, error)

    def degraded(self, reason: str) -> None:
        """Report that a part of what this driver brings up does not come up: it goes on to be ready all the same.

        It opens its barrier and what requires it starts; its state is shown with the reason, and the run exits with 4.
        From a phase or from ``reload``, once for each part that is missing, from any thread; also later, once the
        driver is ready. What a failed attempt reported is forgotten when the phase is tried again.
        """
        self._host.degraded(self, reason)

    def restarting(self, reason: str) -> None:
        """Tell that a driver that was ready begins again by itself; what needs it goes on. From any thread."""
        self._host.restarts(self.driver, reason)

    def restarted(self) -> None:
        """Tell that it is ready again. From any thread."""
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

    #: Whether ``cleanup`` is called before the first phase where a run that began this driver was killed.
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
        """Take over changed settings without a stop."""

    def stop(self, context: Context) -> MaybeAwaitable[None]:
        """Undo what the phases did; called once when one of them began, even if it failed.

        Raises LostError, when that is done, where the driver had stopped working before.
        """

    def cleanup(self, context: Context) -> MaybeAwaitable[None]:
        """Remove what is left; called last."""


def method_name(phase: str) -> str:
    """Return the name of the method for a phase."""
    return phase.replace("-", "_")
