"""Write the logs of a run, in a thread: neither the event loop nor a driver ever waits for the disk."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Condition, Thread
from typing import TYPE_CHECKING

from tierdeps._util.state_dir import reason_of
from tierdeps.driver_logs.file_set import FileSet
from tierdeps.driver_logs.folders import file_stem, open_run_folder
from tierdeps.driver_logs.log_line import NOTE, encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tierdeps._util.state_dir import PrivateFolder

#: Beyond this, lines are dropped until the disk has caught up.
MAX_QUEUED_BYTES = 16 << 20
#: How long lines are gathered before they are written: a wake-up for each line costs more than writing it.
GATHER_S = 0.01
#: How many files are kept open.
MAX_OPEN_FILES = 64


class LogWriter:
    """The logs of one run; ``put`` never waits. The thread runs from the first line on, and is idle without lines.

    ``limit`` is the size of one driver's log, in bytes. ``warn`` is called in the thread if the disk cannot be written,
    and once it can again. The attributes after ``_changed`` are only accessed with it held, those before by the thread.
    """

    def __init__(
        self,
        name: str,
        limit: int,
        warn: Callable[[str], object] = lambda _: None,
        prune: Callable[[], object] = lambda: None,
    ) -> None:
        self._name = name
        self._limit = limit
        self._warn = warn
        self._prune = prune
        self._folder: PrivateFolder | None = None
        self._files: dict[str, FileSet] = {}
        #: Those that are open, the least recently used first.
        self._open: OrderedDict[str, FileSet] = OrderedDict()
        self._warned = False
        self._changed = Condition()
        self._queue: dict[str, list[bytes]] = {}
        self._queued = 0
        self._dropped: dict[str, int] = {}
        self._writing = False
        self._closing = False
        self._thread: Thread | None = None

    def put(self, driver: str, stream: str, lines: Sequence[bytes]) -> None:
        """Add lines, which have the time of this call; from any thread. Ignored after ``close``."""
        block = encoded(time.time_ns(), stream, lines)
        with self._changed:
            if self._closing:
                return
            if self._queued + len(block) > MAX_QUEUED_BYTES:
                self._dropped[driver] = self._dropped.get(driver, 0) + len(lines)
                return
            self._queue.setdefault(driver, []).append(block)
            self._queued += len(block)
            if self._thread is None:
                self._thread = Thread(target=self._work, name="tierdeps logs", daemon=True)
                self._thread.start()
            elif not self._writing:
                self._changed.notify()

    def flush(self, seconds: float) -> bool:
        """Wait until all lines are written, but no longer; return whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._queue or self._writing), seconds)

    def close(self, seconds: float) -> bool:
        """Write what was added, but no longer than that; end the thread; return whether all is written."""
        written = self.flush(seconds)
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and written:
            thread.join(seconds)
        return written

    # In the thread

    def _work(self) -> None:
        self._prune()
        while (taken := self._take()) is not None:
            queue, dropped = taken
            self._write({driver: b"".join(blocks) for driver, blocks in queue.items()})
            self._write_notes(dropped)
            with self._changed:
                self._writing = False
                self._changed.notify_all()
        for files in self._files.values():
            files.close()
        if self._folder is not None:
            self._folder.close()

    def _take(self) -> tuple[Mapping[str, list[bytes]], Mapping[str, int]] | None:
        """Wait for lines and return them, with what was dropped before them; None once the writer is closed."""
        with self._changed:
            while not self._queue:
                if self._closing:
                    return None
                self._changed.wait()
            self._writing = True
        time.sleep(GATHER_S)
        with self._changed:
            queue, self._queue = self._queue, {}
            dropped, self._dropped = self._dropped, {}
            self._queued = 0
            return queue, dropped

    def _write(self, texts: Mapping[str, bytes]) -> None:
        """Write the lines of drivers; those that cannot be written are counted as dropped, and the user is warned."""
        for driver, text in texts.items():
            try:
                self._files_of(driver).append(text)
            except OSError as error:
                self._drop(driver, text.count(b"\n"))
                self._warn_once(error)
            else:
                self._warned_no_more()

    def _write_notes(self, dropped: Mapping[str, int]) -> None:
        """Write how many lines of drivers are missing; where that cannot be written either, it is tried again."""
        for driver, count in dropped.items():
            try:
                self._files_of(driver).append(encoded(time.time_ns(), NOTE, [_dropped_text(count)]))
            except OSError:
                self._drop(driver, count)

    def _drop(self, driver: str, count: int) -> None:
        with self._changed:
            self._dropped[driver] = self._dropped.get(driver, 0) + count

    def _files_of(self, driver: str) -> FileSet:
        if self._folder is None:
            self._folder = open_run_folder(self._name, make=True)
        files = self._files.get(driver)
        if files is None:
            files = self._files[driver] = FileSet(self._folder, file_stem(driver), self._limit)
        self._open[driver] = files
        self._open.move_to_end(driver)
        if len(self._open) > MAX_OPEN_FILES:
            self._open.popitem(last=False)[1].close()
        return files

    def _warn_once(self, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            self._warn(f"the logs of drivers cannot be written: {reason_of(error)}; until then their lines are lost")

    def _warned_no_more(self) -> None:
        if self._warned:
            self._warned = False
            self._warn("the logs of drivers are written again")


def _dropped_text(count: int) -> bytes:
    lines = "1 line was" if count == 1 else f"{count:,} lines were"
    return f"{lines} dropped here: the log could not be written in time".encode()
