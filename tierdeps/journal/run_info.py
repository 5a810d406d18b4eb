"""What the journal stores of a run as a whole: who it is, and what came of it."""

from __future__ import annotations

import os
import time

from tierdeps._util.frozen import Value
from tierdeps._util.process_id import process_stamp
from tierdeps.journal.instances import Instance
from tierdeps.journal.limits import Limit, Moment, Number, Pid  # noqa: TC001  decoding evaluates the annotations


class RunInfo(Value):
    """A run as it was started.

    ``instance`` is the key of its instance, ``title`` the name for people; ``name`` is the path that it was started
    with, and ``real`` where that led through symbolic links then. ``started`` is the stamp of its process, which no
    later process with the same id has. ``mode`` is ``foreground``, ``once``, ``leave-running`` or ``detached``;
    ``socket`` is the path of its control socket, or empty. ``timeout``, ``stop_timeout`` and ``deadline`` are those of
    the run, in seconds; ``began_at`` is in seconds since 1970; ``on_failure`` applies to drivers without one of their
    own. ``scheduler`` is the address of that of a fleet, ``tls`` the paths of the TLS files to show there.
    """

    instance: str
    title: str
    digest: str
    pid: Pid
    started: str
    mode: str = "foreground"
    socket: str = ""
    timeout: Limit = 90.0
    stop_timeout: Limit = 30.0
    deadline: Limit = 1800.0
    engine: str = "local"
    began_at: Moment = 0.0
    jobs: Number | None = None
    on_failure: str = "abort"
    name: str = ""
    real: str = ""
    scheduler: str = ""
    tls: tuple[str, ...] = ()

    @property
    def names(self) -> Instance:
        """The path that it was started with, and where that led, as an instance."""
        return Instance(self.name or self.instance, self.title, self.real or self.instance)

    def goes_by(self, instance: Instance) -> bool:
        """Return whether it was started with the name of an instance, or from where that name leads now."""
        return self.names.key == instance.key or self.names.real == instance.real

    @classmethod
    def here(
        cls,
        instance: Instance,
        digest: str,
        *,
        key: str = "",
        mode: str = "foreground",
        socket: str = "",
        timeout: float = 90.0,
        stop_timeout: float = 30.0,
        deadline: float = 1800.0,
        engine: str = "local",
        jobs: int | None = None,
        on_failure: str = "abort",
    ) -> RunInfo:
        """Return the RunInfo of a run of this process that starts now; ``key`` replaces the key of the instance."""
        pid = os.getpid()
        return cls(
            key or instance.key,
            instance.title,
            digest,
            pid,
            process_stamp(pid),
            mode,
            socket,
            timeout,
            stop_timeout,
            deadline,
            engine,
            time.time(),
            jobs,
            on_failure,
            instance.key,
            instance.real,
        )


class RunOutcome(Value, array_like=True):
    """What came of a run; while it goes on, what came of its start.

    ``seconds`` is how long the run took until then.
    """

    ready: bool
    ok: bool
    interrupted: bool
    problem: str
    notes: tuple[str, ...]
    seconds: Moment
