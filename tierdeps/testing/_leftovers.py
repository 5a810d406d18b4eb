"""What a run leaves behind in this process: threads, files, processes and tasks."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from pathlib import Path

from tierdeps._util.frozen import Value
from tierdeps._util.process_id import read_stat

#: How long an idle thread may take to end, in seconds.
PATIENCE = 1.0


class Holdings(Value):
    """What this process has: each thing with what it is called."""

    threads: dict[int, str]
    files: dict[tuple[int, int, int], str]
    processes: dict[int, str]

    @classmethod
    def now(cls) -> Holdings:
        """Look around."""
        threads = {thread.ident or 0: thread.name for thread in threading.enumerate()}
        return cls(threads, _files(), _processes())

    def beyond(self, before: Holdings) -> tuple[str, ...]:
        """Say what was not there before."""
        return (
            *(f"the thread {name!r}" for ident, name in self.threads.items() if ident not in before.threads),
            *(f"the open file {name}" for file, name in self.files.items() if file not in before.files),
            *(f"the process {pid} {name}" for pid, name in self.processes.items() if pid not in before.processes),
        )


def left_since(before: Holdings) -> tuple[str, ...]:
    """Say what is left, once threads had a moment to end and what nobody holds any more is gone."""
    left = Holdings.now().beyond(before)
    if not left:
        return ()
    gc.collect()
    deadline = time.monotonic() + PATIENCE
    while (left := Holdings.now().beyond(before)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


async def tasks_left() -> tuple[str, ...]:
    """Say which tasks of this loop go on beside the caller, once those that were cancelled had a chance to end."""
    for _ in range(5):
        await asyncio.sleep(0)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return tuple(sorted(f"the task {task.get_name()!r}" for task in others))


def _files() -> dict[tuple[int, int, int], str]:
    found = {}
    for folder in (Path("/proc/self/fd"), Path("/dev/fd")):
        if folder.is_dir():
            for number in [int(name) for name in os.listdir(folder)]:  # noqa: PTH208  no more than the names
                try:
                    state = os.fstat(number)
                except OSError:  # what the listing itself had open
                    continue
                found[number, state.st_dev, state.st_ino] = _name(folder / str(number))
            break
    return found


def _name(link: Path) -> str:
    try:
        return f"{link.name} ({link.readlink()})"
    except OSError:
        return link.name


def _processes() -> dict[int, str]:
    """Return the children of this process, where the system tells; one that ended unwaited for is still there."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        stat = read_stat(int(folder.name))
        if stat is not None and stat.parent == os.getpid():
            found[stat.pid] = f"({stat.name})"
    return found
