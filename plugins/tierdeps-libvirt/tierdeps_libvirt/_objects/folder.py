"""A configuration root on disk; links that lead out of it are not followed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tierdeps import InputError

#: A larger file is not read: libvirt's files have a few kB.
LARGEST = 1 << 22


class UnreadableError(Exception):
    """A file cannot be read; its text says why."""


class Folder:
    """A configuration root; ``name`` is as the user gave it. Paths below it are strings with slashes."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self._root = path.resolve()

    def definitions(self, below: str) -> list[str]:
        """Return the names of the definitions in a folder, without their suffix; of a folder that is not there, none.

        Raises InputError where a link leads out of the root, PermissionError where it cannot be looked into.
        """
        folder = self._root / below
        if not self._inside(folder):
            raise InputError(self.name, f"the folder {below} leads out of it; copy it with cp -L, and name the copy")
        try:
            found = sorted(path.name for path in folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except PermissionError:
            raise
        except OSError as error:  # a cycle of links, a failing disk
            problem = (error.strerror or str(error)).lower()
            raise InputError(self.name, f"the folder {below} cannot be listed: {problem}") from None
        return [name.removesuffix(".xml") for name in found if name.endswith(".xml") and not name.startswith(".")]

    def called(self, below: str) -> str:
        """Return the path of a file as the user would give it."""
        return os.path.normpath(os.path.join(self.name, below))  # noqa: PTH118  a text, as it was given

    def read(self, below: str) -> bytes:
        """Return the content of a file. Raises UnreadableError."""
        path = self._root / below
        if not self._inside(path):
            raise UnreadableError("it is a link that leads out of the folder, and is not followed")
        try:
            # opening a pipe without a writer would block
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise UnreadableError("it is no regular file")
                data = file.read(LARGEST + 1)
        except OSError as error:
            raise UnreadableError((error.strerror or str(error)).lower()) from None
        if len(data) > LARGEST:
            raise UnreadableError(f"it is larger than {LARGEST >> 20} MiB")
        return data

    def holds(self, below: str) -> bool:
        """Return whether a file exists and is not empty, without reading it."""
        try:
            return (self._root / below).lstat().st_size > 0
        except OSError:
            return False

    def marks(self, folder: str, name: str) -> bool:
        """Return whether a definition is marked for autostart: by a link to it, whose text alone is looked at.

        In a copy the link still names the place on the other machine, or the copying has made a file of it. One that
        ends in .once is for the next boot alone (libvirt 11.2, virdomainobjlist.c: virDomainObjListLoadConfig).
        """
        return any(self._links(folder, f"{name}.xml", f"autostart/{name}.xml{once}") for once in ("", ".once"))

    def _links(self, folder: str, file: str, link: str) -> bool:
        mark = self._root / folder / link
        try:
            if mark.is_symlink():
                return mark.readlink().name == file
            return mark.is_file() and self.read(f"{folder}/{link}") == self.read(f"{folder}/{file}")
        except (OSError, UnreadableError):
            return False

    def _inside(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self._root)
