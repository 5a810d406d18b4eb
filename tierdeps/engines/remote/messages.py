"""The values that cross to the other side of a remote engine and back; ``msgspec.json`` encodes and decodes them."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  msgspec reads the annotations of values that it decodes
from typing import TYPE_CHECKING, Literal

from tierdeps._util.frozen import Value, field
from tierdeps.driver_errors import describe, driver_traceback, tame
from tierdeps.errors import HealthUnknownError, LifecycleError, LostError, RemoteError, TierdepsError
from tierdeps.model import Process  # noqa: TC001  msgspec reads the annotations of values that it decodes
from tierdeps.published import Published  # noqa: TC001  as above

if TYPE_CHECKING:
    from tierdeps.model import PlannedDriver


class DriverSpec(Value):
    """A driver as the other side knows it: ``lifecycle`` is "package.module:Class", or ``process`` is given.

    ``shared`` are the methods of the class that are phases of other drivers; ``host`` is the host that the graph names.
    """

    name: str
    phases: tuple[str, ...]
    lifecycle: str | None = None
    process: Process | None = None
    shared: frozenset[str] = frozenset()
    host: str | None = None

    @classmethod
    def of(cls, driver: PlannedDriver, shared: frozenset[str] = frozenset()) -> DriverSpec:
        """Return what names a driver elsewhere. Raises LifecycleError for a class that cannot be imported by name."""
        reference = reference_of(driver)
        if isinstance(driver.lifecycle, type) and (reference.startswith("__main__:") or "<locals>" in reference):
            raise LifecycleError(driver.name, reference, "cannot be imported elsewhere; move the class to a module")
        return cls(driver.name, driver.phases, reference or None, driver.process, shared, driver.host)


class RemoteCall(Value):
    """One call of one method, with all that its context provides.

    ``dependencies`` are the names that the method may look up: each with the driver that provides it now, or None if
    that is absent, disabled or failed. ``published`` is what those drivers have published: by name, driver and key.
    """

    driver: DriverSpec
    phase: str
    settings: Mapping[str, object]
    timeout: float
    facts: Mapping[str, bool] = field(default_factory=dict)
    dependencies: Mapping[str, DriverSpec | None] = field(default_factory=dict)
    published: Mapping[str, Mapping[str, Mapping[str, Published]]] = field(default_factory=dict)


class RemoteFailure(Value):
    """An exception that was raised elsewhere, as text, and of which class it is where that matters."""

    message: str
    traceback: str = ""
    #: Whether it is a LostError.
    lost: bool = False
    #: Whether it is a HealthUnknownError.
    unknown: bool = False

    @classmethod
    def of(cls, error: BaseException) -> RemoteFailure:
        """Return the description of an exception, which may raise itself where it is looked at."""
        error = tame(error)
        if isinstance(error, TierdepsError):
            return cls(str(error), lost=isinstance(error, LostError), unknown=isinstance(error, HealthUnknownError))
        return cls(describe(error), driver_traceback(error))

    def error(self) -> TierdepsError:
        """Return the exception to raise on this side."""
        if self.unknown:
            return HealthUnknownError(self.message)
        return LostError(self.message) if self.lost else RemoteError(self.message, self.traceback)


class RemoteNotice(Value):
    """What a driver reports: that it is lost or degraded, needs time, restarts by itself, or is ready again.

    Or it has published a ``value`` under a ``key``. That notice must arrive before the end of the call that sent it.
    """

    driver: str
    kind: Literal["lost", "degraded", "extend", "restarting", "restarted", "published"]
    reason: str = ""
    seconds: float = 0.0
    key: str = ""
    value: Published | None = None


def reference_of(driver: PlannedDriver) -> str:
    """Return the name of a driver's lifecycle, whether or not it can be imported by it."""
    reference = driver.lifecycle
    return f"{reference.__module__}:{reference.__qualname__}" if isinstance(reference, type) else reference or ""
