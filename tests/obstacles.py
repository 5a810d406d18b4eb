"""Obstacles: things in the place of our files or folders, and a check that they stay unchanged."""

from __future__ import annotations

import os
import socket
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tierdeps.control.sockets import address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

#: Some user that is neither root nor whoever runs the tests.
OTHER_USER = 54321


def _target(path: Path, name: str) -> Path:
    return path.parent.parent / f"{path.parent.name}-{path.name}-{name}"


def _link_to_file(path: Path) -> None:
    target = _target(path, "file")
    target.write_text("not yours")
    target.chmod(0o644)
    path.symlink_to(target)


def _link_to_folder(path: Path) -> None:
    target = _target(path, "folder")
    target.mkdir()
    target.chmod(0o755)
    path.symlink_to(target)


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(_target(path, "nothing"))


def _link_to_device(path: Path) -> None:
    target = _target(path, "device")
    _device(target)
    path.symlink_to(target)


def _pipe(path: Path) -> None:
    os.mkfifo(path, 0o644)


def _device(path: Path) -> None:
    """Make a device node of the test's own."""
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes device nodes, and not everywhere")
    path.chmod(0o666)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made, address(path) as name:
        made.bind(name)


def _folder(path: Path) -> None:
    path.mkdir()


def _file(path: Path) -> None:
    path.write_text("")
    path.chmod(0o644)


def give_away(path: Path) -> None:
    """Change the owner of something to another user, which only root can."""
    if os.geteuid():
        pytest.skip("only root gives files away")
    os.chown(path, OTHER_USER, OTHER_USER, follow_symlinks=False)


def _file_of_another(path: Path) -> None:
    _file(path)
    give_away(path)


def _folder_of_another(path: Path) -> None:
    path.mkdir()
    path.chmod(0o755)
    give_away(path)


_LINKS: Mapping[str, Callable[[Path], None]] = {
    "is a symbolic link to a file": _link_to_file,
    "is a symbolic link to a folder": _link_to_folder,
    "is a symbolic link to nothing": _link_to_nothing,
    "is a symbolic link to a device": _link_to_device,
    "is a named pipe": _pipe,
    "is a device": _device,
}
IN_PLACE_OF_A_FILE = {
    **_LINKS,
    "is a socket": _socket,
    "is a folder": _folder,
    f"belongs to the user with the id {OTHER_USER}": _file_of_another,
}
IN_PLACE_OF_A_FOLDER = {
    **_LINKS,
    "is a socket": _socket,
    "is a regular file": _file,
    f"belongs to the user with the id {OTHER_USER}": _folder_of_another,
}


class Obstacle:
    """Something in the place of a file or folder of ours, of which everything is to stay as it is."""

    def __init__(self, path: Path, kind: str, make: Callable[[Path], None]) -> None:
        self.path = path
        #: The end of the message about it.
        self.words = kind.partition(" to ")[0] if "link" in kind else kind
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make(path)
        self._before = self._seen()

    def _seen(self) -> list[object]:
        """Return the state of it and of the files beside its folder."""
        seen: list[object] = []
        for path in (self.path, *sorted(self.path.parent.parent.glob(f"{self.path.parent.name}-{self.path.name}-*"))):
            found = path.lstat()
            seen.append((path.name, found.st_mode, found.st_uid, found.st_ino, found.st_size))
        with suppress(OSError):
            seen += sorted(self.path.iterdir())
        return seen

    def is_untouched(self) -> bool:
        """Return whether nothing of it has changed."""
        return self._seen() == self._before


def each(kinds: Mapping[str, Callable[[Path], None]]) -> pytest.MarkDecorator:
    """Parametrize a test with each kind, as its ``kind`` and ``make``."""
    return pytest.mark.parametrize(("kind", "make"), list(kinds.items()), ids=[key.replace(" ", "-") for key in kinds])
