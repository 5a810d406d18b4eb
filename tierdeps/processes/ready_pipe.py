"""The pipe on which a process reports that it is ready, by a line on a descriptor that it inherits."""

from __future__ import annotations

import asyncio
import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps.processes.errors import ProcessError

if TYPE_CHECKING:
    from tierdeps.processes.child import Child

#: How long a process that has closed its descriptor has to exit, in seconds: then its exit is what is reported.
EXIT_GRACE_S = 0.25
_READ_BYTES = 4096


class ReadyPipe:
    """A pipe of which the process gets the end for writing as descriptor ``fd``.

    It is a readiness check: the process is ready once it has written a line, and has failed where it closes the
    descriptor before.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.problem: str = f"it wrote no line to its descriptor {fd}"
        self._loop = asyncio.get_running_loop()
        self._line: asyncio.Future[bool] = self._loop.create_future()
        reader, writer = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(reader, False)
        self._reader: int | None = reader
        #: The end that the process gets; None once it has it. Its number is beyond those that the program replaces.
        self.writer: int | None = fcntl.fcntl(writer, fcntl.F_DUPFD_CLOEXEC, fd + 1)
        os.close(writer)
        self._loop.add_reader(reader, self._on_readable)

    async def wait(self, child: Child) -> None:
        """Wait for the line. Raises ProcessError where the descriptor is closed without one."""
        if not await self._line:
            await asyncio.wait((child.exited(),), timeout=EXIT_GRACE_S)
            raise ProcessError(f"the process closed its descriptor {self.fd} without writing a line to it")

    def started(self) -> None:
        """Close the end that the process has by now: once it has closed its own, there is nothing to come."""
        if self.writer is not None:
            os.close(self.writer)
            self.writer = None

    def close(self) -> None:
        """Close both ends."""
        self.started()
        self._close_reader()

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._loop.remove_reader(self._reader)
            os.close(self._reader)
            self._reader = None

    def _on_readable(self) -> None:
        if self._reader is None:
            return
        with suppress(BlockingIOError):
            data = os.read(self._reader, _READ_BYTES)
            if not data or b"\n" in data:
                self._close_reader()
                if not self._line.done():
                    self._line.set_result(bool(data))
