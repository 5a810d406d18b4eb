"""The limit of open files: raised for this process, and not for the programs that it starts.

A process of a driver takes a few descriptors here, so the usual soft limit of 1024 ends a start of some hundreds. It is
that low for programs that use select(2), which fails above it: they get the limit that this process was started with.
"""

from __future__ import annotations

import resource
from contextlib import suppress

_inherited: tuple[int, int] | None = None


def raise_limit() -> None:
    """Raise the soft limit of this process to the hard one."""
    global _inherited  # noqa: PLW0603  the limit is one of the process, too
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # refused: a start of many processes then says that files ran out
        resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
        _inherited = _inherited or limits


def restore_limit(pid: int) -> None:
    """Give a program that was just started the limit that this process was started with."""
    if _inherited is not None:
        with suppress(OSError):  # it has ended, or runs as another user
            resource.prlimit(pid, resource.RLIMIT_NOFILE, _inherited)
