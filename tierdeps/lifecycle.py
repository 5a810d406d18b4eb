"""The base class of lifecycles, which do the work of drivers, and the context that their methods receive."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, ClassVar, NamedTuple, Protocol, TypeVar, Union, overload

from tierdeps.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from logging import Logger

    from tierdeps.published import Published

Value = TypeVar("Value")
Found = TypeVar("Found", bound="Lifecycle")
Read = TypeVar("Read")
#: The result of a method that may be ``async`` or plain.
MaybeAwaitable = Union[Awaitable[Value], Value]  # noqa: UP007  evaluated, where | is not yet allowed


class Provided(NamedTuple):
    """A driver that a call may look up: its lifecycle, and what it has published."""

    driver: str
    lifecycle: Lifecycle
    published: Mapping[str, Published]


class Host(Protocol):
    """What a context calls: the run that makes the call."""

    def clock(self) -> float:
        """Return the seconds that deadlines are counted in."""
        ...

    def look_up(self, driver: str, phase: str, name: str) -> Lifecycle | None:
        """Answer ``Context.get``."""
        ...

    def publish(self, driver: str, key: str, value: Published) -> None:
        """Answer ``Context.publish``; from any thread."""
        ...

    def published(self, driver: str, phase: str, name: str) -> Mapping[str, Mapping[str, Published]]:
        """Return what the drivers that are there under a name have published, by driver."""
        ...

    def provided(self, driver: str) -> Mapping[str, tuple[Provided, ...]]:
        """Answer ``Context.provided``."""
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
    """The argument of every method of a lifecycle.

    ``driver`` and ``phase`` name the step; ``phase`` may also be ``probe``, ``adopt``, ``check``, ``recover``,
    ``reload``, ``stop`` or ``cleanup``. ``settings`` is the driver's table in the settings. ``timeout`` is the time
    limit of the call in seconds, and ``deadline`` the time at which it ends, on the clock of ``remaining``.
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
        #: True when the call should end early. A plain method cannot be interrupted, so a long one should check it.
        self.cancelled: bool = False
        self._host = host

    @property
    def logger(self) -> Logger:
        """The driver's logger, ``tierdeps.driver.NAME``; a handler that raises does not fail the call that logs."""
        from tierdeps.logs import logger_of

        return logger_of(f"tierdeps.driver.{self.driver}")

    @property
    def remaining(self) -> float:
        """The time that the call has left, in seconds."""
        return max(0.0, self.deadline - self._host.clock())

    @property
    def facts(self) -> Mapping[str, bool]:
        """The facts of the plan, by name: true for yes, false for no. Read-only."""
        return self._host.facts(self.driver)

    @overload
    def get(self, name: str) -> Lifecycle | None: ...
    @overload
    def get(self, name: str, kind: type[Found]) -> Found: ...
    def get(self, name: str, kind: type[Found] | None = None) -> Lifecycle | Found | None:
        """Return the lifecycle of a dependency that is declared for this phase or an earlier one.

        With ``kind``, the class that it must have, the result is never None. Raises RunError if the driver is not
        there, or of another class, and OtherHostError if it is on another host: read what it has published, ``value``.

        Without ``kind``, the result is None if the dependency is declared and its target is absent, disabled, skipped
        or failed, or the condition ``when`` does not hold (see ``facts``). Raises UndeclaredDependency for any other
        name.
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

    def publish(self, key: str, value: object, *, secret: bool = False) -> None:
        """Publish a value for the drivers that depend on this one, on any host: an address, a key.

        It is plain data: text, numbers, bytes, lists, mappings, and dataclasses and Structs of them, of at most 65536
        characters as JSON. Another value for the same key replaces it. May be called from any thread, from the first
        phase to the stop, and from ``adopt``. Texts in a ``secret`` value that have at least 4 characters are replaced
        by ``***`` where the driver's errors, log and output contain them. Raises RunError for what is no plain data.
        """
        from tierdeps.published import Published

        self._host.publish(self.driver, key, Published.of(value, secret=secret))

    @overload
    def value(self, name: str, key: str) -> object: ...
    @overload
    def value(self, name: str, key: str, kind: type[Read]) -> Read: ...
    def value(self, name: str, key: str, kind: type[Read] | None = None) -> Read | object:
        """Return what a dependency has published under a key; the name is one that ``get`` takes, or the driver's own.

        With ``kind``, a type that msgspec decodes (``str``, ``list[str]``, a dataclass), the result is one of it, and
        never None where ``kind`` does not allow it. Without, the result is None if the driver is not there, as with
        ``get``. Raises RunError if it has published nothing under the key, or a value of another type.
        """
        found = self._host.published(self.driver, self.phase, name)
        if not found:
            if kind is None:
                return None
            raise RunError(
                f"{self.driver}:{self.phase} read {key!r} of {name!r}, which is not there; where it may be so, read it"
                f" without a type: context.value({name!r}, {key!r})"
            )
        driver, published = next(iter(found.items()))
        return (
            self._published(driver, published, key).read(object)
            if kind is None
            else self._read(driver, published, key, kind)
        )

    def values(self, name: str, key: str, kind: type[Read]) -> Mapping[str, Read]:
        """Return what drivers have published under a key, by driver: all that are there for ``mon@*``, for example."""
        found = self._host.published(self.driver, self.phase, name)
        return {driver: self._read(driver, published, key, kind) for driver, published in found.items()}

    def _read(self, driver: str, published: Mapping[str, Published], key: str, kind: type[Read]) -> Read:
        try:
            return self._published(driver, published, key).read(kind)
        except ValueError as error:
            raise RunError(f"{self.driver}:{self.phase} read {key!r} of {driver!r}: {error}") from None

    def _published(self, driver: str, published: Mapping[str, Published], key: str) -> Published:
        if key not in published:
            names = ", ".join(map(repr, sorted(published)))
            raise RunError(
                f"{self.driver}:{self.phase} read {key!r} of {driver!r}, which has published"
                f" {f'only {names}' if names else 'nothing'}; call context.publish({key!r}, VALUE) in {driver!r}"
            )
        return published[key]

    def provided(self) -> Mapping[str, tuple[Provided, ...]]:
        """Return what the call may look up, by each name for it: for engines that make calls elsewhere."""
        return self._host.provided(self.driver)

    def published(self) -> Mapping[str, Mapping[str, Published]]:
        """Return what the driver itself has published, under its name: for engines."""
        return self._host.published(self.driver, self.phase, self.driver)

    def republish(self, key: str, value: Published) -> None:
        """Publish what was published elsewhere: for engines that make calls there."""
        self._host.publish(self.driver, key, value)

    def held(self, seconds: float, *, ended: bool) -> None:
        """Report that one step of the call held the event loop for so long; ``ended`` where the call ended with it.

        For engines, before they report the result of the call. Short steps need not be reported, except one with which
        the call ended and which started after the deadline.
        """
        self._host.held(self, seconds, ended=ended)

    def lost(self, reason: str) -> None:
        """Report that this driver was ready and no longer works. May be called from any thread, and after the call."""
        self._host.lost(self.driver, reason)

    def failed(self, error: BaseException) -> None:
        """Report that a task or callback of this driver raised an exception, so that it is lost. From any thread."""
        self._host.failed(self.driver, error)

    def degraded(self, reason: str) -> None:
        """Report that a part of what this driver starts did not start. The driver becomes ready nevertheless.

        Its barrier opens, and what requires it starts. Its state is shown with the reason, and the run exits with 4.
        Call it once for each missing part, from a phase or ``reload``, or when the driver is ready; from any thread.
        If the phase is tried again, what the failed attempt reported is dropped. Of different reports by ``check`` only
        the last 100 are kept: name the part, and omit what changes each time, such as a measurement.
        """
        self._host.degraded(self, reason)

    def extend(self, seconds: float) -> None:
        """Move the deadline of the call to at least so many seconds from now. From any thread, during the call.

        Use it in a call that does many things, each with a time limit of its own: ``context.extend(context.timeout)``
        before each. The deadline of the run does not change.
        """
        self.deadline = max(self.deadline, self._host.clock() + seconds)
        self._host.extend(self, seconds)

    def restarting(self, reason: str) -> None:
        """Report that this driver was ready and restarts by itself. Its dependents continue. From any thread."""
        self._host.restarts(self.driver, reason)

    def restarted(self) -> None:
        """Report that it is ready again. Dependents with ``on_restart="restart"`` are restarted. From any thread."""
        self._host.restarts(self.driver, None)


class Lifecycle:
    """The base class of lifecycles. Its methods do nothing.

    tierdeps creates a lifecycle without arguments, and calls a method for each phase of the driver, with a context:
    ``def start(self, context)``, or ``def auto_start(self, context)`` for a phase ``auto-start``. A phase without a
    method has nothing to do. Methods are ``async``, or plain; plain ones run in a thread. An ``async`` method must not
    block, because it would delay all others: one that blocks the event loop beyond its deadline fails, and one that
    blocks it for more than half a second is named in the notes of the report. Except for ``probe``, ``adopt`` and
    ``recover``, methods return nothing; any other result is a failure.
    """

    #: Whether ``cleanup`` is called before the first phase if a run that had started this driver was killed.
    cleanup_after_crash: ClassVar[bool] = False
    #: Public methods that take a context and are called from other classes. Without this, such a method would be
    #: reported as a phase that was forgotten or misspelt (TD304).
    helpers: ClassVar[tuple[str, ...]] = ()
    #: A check ends at most so many seconds after the one before; 0: ``check`` is never called.
    check_every: float = 10.0
    #: After so many failures in a row the driver is not ready any more.
    check_failures: int = 3
    #: How long one check may take, in seconds, and no longer than ``check_every``.
    check_timeout: float = 2.0

    def probe(self, context: Context) -> MaybeAwaitable[str | None]:
        """Return a reason to skip the driver on this host, or None. Called before anything else.

        What requires a skipped driver starts anyway, and its ``context.get`` returns None, unless the dependency has
        ``skipped="block"``.
        """

    def adopt(self, context: Context) -> MaybeAwaitable[bool]:  # noqa: ARG002  for those who override it
        """Return whether the driver is running already. Then it is not started, and not stopped later."""
        return False

    def check(self, context: Context) -> MaybeAwaitable[None]:
        """Raise an exception if the driver, which was ready, does not work now. Called again and again while it is up.

        After ``check_failures`` failures in a row the driver is lost, unless ``recover`` restarts it. What starts on it
        waits while its check fails. A driver that was adopted is checked too. Raise HealthUnknownError where it cannot
        be found out whether it works: that is no failure.
        """

    def recover(self, context: Context) -> MaybeAwaitable[bool]:  # noqa: ARG002  for those who override it
        """Return whether the driver restarts by itself after its check has failed; else it is lost.

        If it does, it calls ``context.restarting``, and later ``context.restarted`` or ``context.lost``.
        """
        return False

    def reload(self, context: Context) -> MaybeAwaitable[None]:
        """Apply changed settings without a stop."""

    def stop(self, context: Context) -> MaybeAwaitable[None]:
        """Undo what the phases did. Called once if one of them was started, even if it failed.

        If the driver had stopped working before, clean up and then raise LostError.
        """

    def cleanup(self, context: Context) -> MaybeAwaitable[None]:
        """Remove what is left. Called last."""


def method_name(phase: str) -> str:
    """Return the name of the method for a phase."""
    return phase.replace("-", "_")
