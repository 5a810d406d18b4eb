"""What the journal knows of a run as a whole."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from tierdeps._util.process_id import process_stamp
from tierdeps.journal.instances import Instance


class RunInfo(NamedTuple):
    """A run as it began.

    ``instance`` tells one installation of drivers from another, ``title`` names it to people; ``name`` is the path that
    it was started with, and ``real`` where that led then. ``started`` is the stamp of the process. ``mode`` is
    ``foreground``, ``once``, ``leave-running`` or ``detached``; ``socket`` is where it listens, or empty. ``timeout``,
    ``stop_timeout`` and ``deadline`` are those of the run, in seconds; ``began_at`` is in seconds since 1970;
    ``on_failure`` is what a failure does where its driver says nothing of it.
    """

    instance: str
    title: str
    digest: str
    pid: int
    started: str
    mode: str = "foreground"
    socket: str = ""
    timeout: float = 90.0
    stop_timeout: float = 30.0
    deadline: float = 1800.0
    engine: str = "local"
    began_at: float = 0.0
    jobs: int | None = None
    on_failure: str = "abort"
    name: str = ""
    real: str = ""

    @property
    def names(self) -> Instance:
        """What it goes by: the path that it was started with, and where that led."""
        return Instance(self.name or self.instance, self.title, self.real or self.instance)

    def goes_by(self, instance: Instance) -> bool:
        """Return whether it was started with that name, or from where that name leads now."""
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
        """Make that of a run of this process, which begins now; ``key`` is that of the instance, where not its own."""
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


class Ending(NamedTuple):
    """What came out of a run: of its start, while it goes on.

    ``seconds`` are those since it began.
    """

    ready: bool
    ok: bool
    interrupted: bool = False
    problem: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
