"""The machine that an inventory is of: this one, or another, of which nothing is known."""

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

#: A look at a file takes longer only where its server is gone; then this machine is asked nothing any more.
SECONDS = 2.0


class Machine:
    """Another machine."""

    def has_path(self, path: str) -> bool | None:  # noqa: ARG002  nobody knows
        """Return whether there is something at a path, None where nobody knows."""
        return None

    def has_device(self, name: str) -> bool | None:  # noqa: ARG002  nobody knows
        """Return whether a device is there, None where nobody knows."""
        return None

    def is_mounted(self, path: str) -> bool | None:  # noqa: ARG002  nobody knows
        """Return whether something is mounted at a path, None where nobody knows."""
        return None

    def real(self, path: str) -> str:  # noqa: ARG002  nobody knows
        """Return where a path leads by links; an empty text where nobody knows, or it leads nowhere else."""
        return ""

    def image(self, path: str) -> Image:  # noqa: ARG002  nobody knows
        """Return what an image says that it stands on."""
        return Image()

    def text(self, path: str) -> str:  # noqa: ARG002  nobody knows
        """Return what a file of settings holds; nothing where it cannot be read."""
        return ""


class ThisMachine(Machine):
    """The machine whose files are below ``root``."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root
        self._answers = Answers("tierdeps looks at this host")
        self._hangs = False

    def has_path(self, path: str) -> bool | None:
        """Return whether there is something at a path."""
        return self._ask(lambda: self._has(path), None)

    def has_device(self, name: str) -> bool | None:
        """Return whether a device is there."""
        return self._ask(lambda: is_there(self._root, name), None)

    def is_mounted(self, path: str) -> bool | None:
        """Return whether something is mounted at a path."""
        return self._ask(lambda: _octal(os.path.normpath(path)) in self._mounts(), None)

    def real(self, path: str) -> str:
        """Follow links; a path of which the file is missing is followed as far as it is there."""
        return self._ask(lambda: self._real(path), "")

    def image(self, path: str) -> Image:
        """Read the head of an image."""
        return self._ask(lambda: header(self._below(path)), Image())

    def text(self, path: str) -> str:
        """Read a file of settings."""
        return self._ask(lambda: self._below(path).read_text("utf-8", "replace"), "")

    def _ask(self, question: Callable[[], Answer], otherwise: Answer) -> Answer:
        try:
            return otherwise if self._hangs else self._answers.ask(question, SECONDS)
        except NoAnswerError:
            self._hangs = True
        except (OSError, ValueError):  # closed to the reader, or no path at all
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
    """Spell a path as the kernel's list of mounts does (proc(5))."""
    return path.replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011").replace("\n", "\\012")
