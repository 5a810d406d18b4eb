"""Detection of resources that a run leaves behind in this process: threads, files, processes and tasks."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from pathlib import Path

from tierdeps._util.frozen import Value
from tierdeps._util.process_id import read_stat

#: How long an idle thread may take to end.
THREAD_END_S = 1.0


class Resources(Value):
    """The resources of this process, each with its name."""

    threads: dict[int, str]
    files: dict[tuple[int, int, int], str]
    processes: dict[int, str]

    @classmethod
    def now(cls) -> Resources:
        """Return the current ones."""
        threads = {thread.ident or 0: thread.name for thread in threading.enumerate()}
        return cls(threads, _files(), _processes())

    def added_since(self, before: Resources) -> tuple[str, ...]:
        """Return descriptions of those that did not exist before."""
        return (
            *(f"the thread {name!r}" for ident, name in self.threads.items() if ident not in before.threads),
            *(f"the open file {name}" for file, name in self.files.items() if file not in before.files),
            *(f"the process {pid} {name}" for pid, name in self.processes.items() if pid not in before.processes),
        )


def left_since(before: Resources) -> tuple[str, ...]:
    """Return what is left after garbage collection, and after threads have had time to end."""
    left = Resources.now().added_since(before)
    if not left:
        return ()
    gc.collect()
    deadline = time.monotonic() + THREAD_END_S
    while (left := Resources.now().added_since(before)) and time.monotonic() < deadline:
        time.sleep(0.01)
    return left


async def tasks_left() -> tuple[str, ...]:
    """Return the other tasks of the running loop, after those that were cancelled have had a chance to end."""
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
                except OSError:  # the descriptor of the listing itself
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
    """Return the children of this process, if the system has /proc; zombies count."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        stat = read_stat(int(folder.name))
        if stat is not None and stat.parent == os.getpid():
            found[stat.pid] = f"({stat.name})"
    return found
