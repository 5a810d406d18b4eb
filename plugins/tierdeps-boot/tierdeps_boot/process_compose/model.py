"""What a file of process-compose says about its processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tierdeps import Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps_boot._problems import Place

STARTED, HEALTHY, LOGGED, COMPLETED, SUCCEEDED = CONDITIONS = (
    "process_started",
    "process_healthy",
    "process_log_ready",
    "process_completed",
    "process_completed_successfully",
)
#: What process-compose runs commands with, unless its settings name another shell.
SHELL = ("bash", "-c")


class Awaited(NamedTuple):
    """An entry of ``depends_on``."""

    place: Place
    condition: str = STARTED


class Availability(NamedTuple):
    """When a process that has ended is started again (as ``Process.restart``), after how many seconds, and how often.

    None: not said.
    """

    restart: str
    backoff: int | None = None
    limit: int | None = None


class Shutdown(NamedTuple):
    """The name of the signal that ends a process, and a command that is run instead of it; None: not said."""

    signal: str | None = None
    command: str | None = None


class Probe(NamedTuple):
    """How the health of a process is checked.

    ``text`` is as ``ready`` of a process driver, and empty where it cannot be said so. The process is unhealthy after
    so many ``failures`` in a row; the times are in seconds.
    """

    text: str
    every: int
    timeout: int
    failures: int


class Definition(Value):
    """A process; a field is None where the file does not have the key."""

    place: Place
    command: str | None = None
    entrypoint: tuple[str, ...] | None = None
    is_daemon: bool | None = None
    depends_on: Mapping[str, Awaited] | None = None
    disabled: bool | None = None
    is_foreground: bool | None = None
    replicas: int | None = None
    working_dir: str | None = None
    environment: Mapping[str, str] | None = None
    availability: Availability | None = None
    shutdown: Shutdown | None = None
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    ready_log_line: str | None = None
    description: str | None = None

    def over(self, base: Definition) -> Definition:
        """Return what ``base`` becomes where this is in an override file."""
        values: dict[str, Any] = {}
        for name in self.__struct_fields__:
            own, before = getattr(self, name), getattr(base, name)
            values[name] = {**before, **own} if isinstance(own, dict) and before else before if own is None else own
        return Definition(**{**values, "place": base.place})

    @property
    def probe(self) -> Probe | None:
        """What makes it healthy: one of the probes, the first if that can be said here."""
        first, second = self.readiness_probe, self.liveness_probe
        return first if first is not None and (first.text or second is None) else second

    @property
    def is_deferred(self) -> bool:
        """Whether it is not started with the others."""
        return bool(self.disabled or self.is_foreground)
