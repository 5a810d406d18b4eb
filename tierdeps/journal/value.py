"""What the journal knows of a run as a whole."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from tierdeps.journal.alive import process_stamp


class RunInfo(NamedTuple):
    """A run as it began.

    ``instance`` tells one installation of drivers from another, ``title`` names it to people. ``started`` is the stamp
    of the process. ``mode`` is ``foreground``, ``once``, ``leave-running`` or ``detached``; ``socket`` is where it
    listens, or empty. ``timeout``, ``stop_timeout`` and ``deadline`` are those of the run, in seconds; ``began_at`` is
    in seconds since 1970; ``on_failure`` is what a failure does where its driver says nothing of it.
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

    @classmethod
    def here(
        cls,
        instance: str,
        title: str,
        digest: str,
        *,
        mode: str = "foreground",
        socket: str = "",
        timeout: float = 90.0,
        stop_timeout: float = 30.0,
        deadline: float = 1800.0,
        engine: str = "local",
        jobs: int | None = None,
        on_failure: str = "abort",
    ) -> RunInfo:
        """Make that of a run of this process, which begins now."""
        pid = os.getpid()
        stamp, now = process_stamp(pid), time.time()
        limits = timeout, stop_timeout, deadline
        return cls(instance, title, digest, pid, stamp, mode, socket, *limits, engine, now, jobs, on_failure)


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
