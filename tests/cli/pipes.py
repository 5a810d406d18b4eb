"""Readers that do not read: pipes of the smallest size, and a full device."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.cli.hosts import TIMEOUT_S

if TYPE_CHECKING:
    from pathlib import Path

#: A device that is always full.
FULL = "/dev/full"


class Unread:
    """A pipe that is not read, and already full when a program gets its other end."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe2(os.O_CLOEXEC)
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, 4096)
        os.set_blocking(self.writer, False)
        self._filled = 0
        try:
            while True:
                self._filled += os.write(self.writer, b"." * 512)
        except BlockingIOError:
            os.set_blocking(self.writer, True)

    def read(self) -> str:
        """Read to the end, after only the program has the other end open; return what it wrote."""
        os.close(self.writer)
        parts = []
        while part := os.read(self.reader, 65536):
            parts.append(part)
        os.close(self.reader)
        return b"".join(parts)[self._filled :].decode()


def begin(folder: Path, *arguments: str, out: int, err: int) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tierdeps", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=err,
        start_new_session=True,
    )


def shell(folder: Path, text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command to its end, in which ``tierdeps`` is this one."""
    define = f'tierdeps() {{ "{sys.executable}" -m tierdeps "$@"; }}\n'
    return subprocess.run(
        ["/bin/bash", "-c", define + text],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
