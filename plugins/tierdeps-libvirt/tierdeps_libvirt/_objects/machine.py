"""The machine of an inventory: this one, or another, about which nothing is known."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tierdeps_libvirt._deadline import Answers, NoAnswerError
from tierdeps_libvirt._objects.images import Image, header
from tierdeps_libvirt._sysfs import is_there

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

#: The time limit of a look at a file, in seconds. It takes longer only if a file server is gone: then no more are made.
SECONDS = 2.0


class Machine:
    """Another machine."""

    def has_path(self, path: str) -> bool | None:  # noqa: ARG002  unknown
        """Return whether a path exists, None if that is unknown."""
        return None

    def has_device(self, name: str) -> bool | None:  # noqa: ARG002  unknown
        """Return whether a device exists, None if that is unknown."""
        return None

    def is_mounted(self, path: str) -> bool | None:  # noqa: ARG002  unknown
        """Return whether something is mounted at a path, None if that is unknown."""
        return None

    def real(self, path: str) -> str:  # noqa: ARG002  unknown
        """Return where links lead a path; an empty string if that is unknown, or nowhere else."""
        return ""

    def image(self, path: str) -> Image:  # noqa: ARG002  unknown
        """Return the files below an image, as its header names them."""
        return Image()

    def text(self, path: str) -> str:  # noqa: ARG002  unknown
        """Return the content of a settings file; empty if it cannot be read."""
        return ""


class ThisMachine(Machine):
    """The machine whose files are below ``root``."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root
        self._answers = Answers("tierdeps looks at this host")
        self._hangs = False

    def has_path(self, path: str) -> bool | None:
        """Return whether a path exists."""
        return self._ask(lambda: self._has(path), None)

    def has_device(self, name: str) -> bool | None:
        """Return whether a device exists."""
        return self._ask(lambda: is_there(self._root, name), None)

    def is_mounted(self, path: str) -> bool | None:
        """Return whether something is mounted at a path."""
        return self._ask(lambda: _octal(os.path.normpath(path)) in self._mounts(), None)

    def real(self, path: str) -> str:
        """Return where links lead a path, as far as it exists."""
        return self._ask(lambda: self._real(path), "")

    def image(self, path: str) -> Image:
        """Read the header of an image."""
        return self._ask(lambda: header(self._below(path)), Image())

    def text(self, path: str) -> str:
        """Read a file of settings."""
        return self._ask(lambda: self._below(path).read_text("utf-8", "replace"), "")

    def _ask(self, question: Callable[[], Answer], otherwise: Answer) -> Answer:
        try:
            return otherwise if self._hangs else self._answers.ask(question, SECONDS)
        except NoAnswerError:
            self._hangs = True
        except (OSError, ValueError):  # without permission, or not a valid path
            pass
        return otherwise

    def _has(self, path: str) -> bool:
        try:
            self._below(path).stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return True

    def _below(self, path: str) -> Path:
        return self._root / path.lstrip("/")

    def _real(self, path: str) -> str:
        root, place = (os.path.realpath(item) for item in (self._root, self._below(path)))
        inside = place.removeprefix(root.rstrip("/")) if place.startswith(root) else ""
        return "" if inside == os.path.normpath(path) else inside

    def _mounts(self) -> set[str]:
        lines = (self._root / "proc/self/mounts").read_text("utf-8", "surrogateescape").splitlines()
        return {line.split(" ")[1] for line in lines if " " in line}


def _octal(path: str) -> str:
    """Return a path as the kernel's list of mounts escapes it (proc(5))."""
    return path.replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011").replace("\n", "\\012")
