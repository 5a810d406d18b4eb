"""Files below a root, which no link leads out of."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

#: A unit file is text of some lines: no larger one is read.
MAX_FILE_BYTES = 8 << 20
MAX_LINKS = 40


class UnreadableError(Exception):
    """A file that is not read; the text says why."""


class Root(NamedTuple):
    """A folder that stands for ``/``: absolute links are followed inside it.

    ``path`` is the folder, and ``name`` is as the user gave it, both without a slash at the end. With ``confined`` the
    folder is no tree, and an absolute link leads out of it.
    """

    path: str
    name: str
    confined: bool = False

    def shown(self, inner: str) -> str:
        """Return the name for people of a path below the root."""
        return f"{self.name}{inner}" if self.name != "." else inner.lstrip("/")

    def real(self, inner: str) -> str:
        """Return the path below the root without links. Raises UnreadableError if a link leads out or in a circle."""
        todo, done, links = inner.split("/")[::-1], [""], 0
        while todo:
            part = todo.pop()
            if part in {"", "."}:
                continue
            if part == "..":
                if len(done) == 1:
                    raise UnreadableError("a link leads out of the root")
                done.pop()
                continue
            target = _link(f"{self.path}{'/'.join(done)}/{part}")
            if target is None:
                done.append(part)
                continue
            links += 1
            if links > MAX_LINKS:
                raise UnreadableError("its links lead in a circle")
            if target.startswith("/"):
                if self.confined:
                    raise UnreadableError(f"a link leads out of the folder, to {target}")
                done = [""]
            todo += target.split("/")[::-1]
        return "/".join(done) or "/"

    def read(self, inner: str) -> bytes:
        """Return the bytes of a regular file below the root. Raises UnreadableError."""
        path = self.path + self.real(inner)
        try:
            # not to wait for a pipe's other end; a device is not opened for long enough to matter
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise UnreadableError((getattr(error, "strerror", None) or str(error)).lower()) from None
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise UnreadableError("it is no regular file")
            with os.fdopen(handle, "rb", closefd=False) as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise UnreadableError((error.strerror or str(error)).lower()) from None
        finally:
            os.close(handle)
        if len(data) > MAX_FILE_BYTES:
            raise UnreadableError(f"it is larger than {MAX_FILE_BYTES >> 20} MiB")
        return data


class Spot(NamedTuple):
    """A path below a root."""

    root: Root
    inner: str

    def __truediv__(self, name: str) -> Spot:
        """Return what is in this folder under a name."""
        return Spot(self.root, f"{self.inner.rstrip('/')}/{name}")

    @property
    def shown(self) -> str:
        """The path for people."""
        return self.root.shown(self.inner)

    @property
    def real(self) -> str:
        """The path without links. Raises UnreadableError."""
        return self.root.path + self.root.real(self.inner)

    def read(self) -> bytes:
        """Return the bytes of a regular file. Raises UnreadableError."""
        return self.root.read(self.inner)


def _link(path: str) -> str | None:
    """Return where a link leads, or None for what is none or is not there."""
    try:
        return os.readlink(path)  # noqa: PTH115  its text
    except (OSError, ValueError):
        return None
