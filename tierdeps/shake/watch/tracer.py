"""What watches processes: ``strace``, or ``bpftrace`` where that is not installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tierdeps.shake.watch.bpftrace import Bpftrace
from tierdeps.shake.watch.strace import Strace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tierdeps.model import Plan
    from tierdeps.shake.watch.accesses import Access

#: There if the kernel's events can be traced.
EVENTS = "/sys/kernel/tracing/events/syscalls/sys_enter_openat"


class Tracer(Protocol):
    """Watches the processes of one run; what it writes is in a folder."""

    def traced(self, plan: Plan, folder: Path) -> Plan:
        """Return a plan whose processes are watched."""
        ...

    def active(self, folder: Path) -> AbstractContextManager[None]:
        """Watch in the meantime."""
        ...

    def accesses(self, plan: Plan, folder: Path, start: float) -> Iterator[Access]:
        """Yield what the processes did; ``start`` is when the run started, in seconds since the epoch."""
        ...


def chosen_tracer(
    which: Callable[[str], str | None] = shutil.which,
    uid: int | None = None,
    events: str = EVENTS,
) -> Tracer | None:
    """Return what is installed and may be used, None for nothing; strace sees more."""
    if which("strace"):
        return Strace()
    is_root = (os.geteuid() if uid is None else uid) == 0
    if is_root and which("bpftrace") and Path(events).exists():
        return Bpftrace()
    return None
