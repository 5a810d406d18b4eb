"""``tierdeps`` with an event loop that samples what only the process itself knows: ``FILE SECONDS start ...``.

Each line of the file is JSON: timers and tasks of the event loop, objects by their type, and blocks of memory. Cycles
are collected first: what remains is held by something. Memory that was freed is returned to the system first: as much
of it as several threads happened to need at once would look like growth.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from weakref import WeakSet

from tierdeps.__main__ import main

#: Types with fewer objects are not written.
MIN_OBJECTS = 20


def sample(loop: asyncio.AbstractEventLoop) -> dict[str, object]:
    """Count, without this function's own timer, after the allocator has returned the memory that it keeps."""
    gc.collect()
    with suppress(AttributeError, OSError):  # another libc than that of GNU
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    objects = gc.get_objects()
    types = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in objects)
    timers = getattr(loop, "_scheduled")  # noqa: B009  asyncio has no public name for them
    return {
        "timers": sum(not timer.cancelled() for timer in timers),
        "tasks": len(asyncio.all_tasks(loop)),
        "objects": len(objects),
        "blocks": sys.getallocatedblocks(),
        "types": {name: count for name, count in types.items() if count >= MIN_OBJECTS},
    }


class Samples:
    """Writes a sample of each event loop that runs to a file, so often."""

    def __init__(self, file: Path, seconds: float) -> None:
        self._file = file
        self._seconds = seconds
        self._run_forever = asyncio.BaseEventLoop.run_forever
        self._sampled: WeakSet[asyncio.BaseEventLoop] = WeakSet()

    def install(self) -> None:
        """Sample all loops from now on, however they are made."""

        def run_forever(loop: asyncio.BaseEventLoop) -> None:
            self._run(loop)

        asyncio.BaseEventLoop.run_forever = run_forever  # type: ignore[assignment,method-assign]

    def _run(self, loop: asyncio.BaseEventLoop) -> None:
        if loop not in self._sampled:
            self._sampled.add(loop)
            loop.call_later(self._seconds, self._append, loop)
        self._run_forever(loop)

    def _append(self, loop: asyncio.BaseEventLoop) -> None:
        with self._file.open("a") as lines:
            lines.write(json.dumps(sample(loop)) + "\n")
        loop.call_later(self._seconds, self._append, loop)


if __name__ == "__main__":
    path, interval = Path(sys.argv[1]).absolute(), float(sys.argv[2])
    del sys.argv[1:3]
    Samples(path, interval).install()
    main()
