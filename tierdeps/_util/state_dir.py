"""The folders for state, and safe access to folders and files that only this user may read.

Another user may be able to write to a parent folder, so a path may mean something else between a check and its use.
Therefore entries are opened relative to the descriptor of their folder, and what was opened is checked (``fstat``), not
what the path meant before. No function here follows a symbolic link, opens a device or a pipe, or changes the mode of a
file of another user: an entry of another owner or kind raises NotOursError and stays as it is.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager, suppress
from errno import EPERM
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

#: The permission bits of everybody but the owner.
OTHERS = 0o077
#: The flag to get a descriptor for an entry without opening it; where the system has none, entries are checked by name.
_HANDLE = getattr(os, "O_PATH", 0)
_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISLNK, "a symbolic link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISREG, "a regular file"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class NoHomeError(LookupError):
    """This user has no home folder and XDG_STATE_HOME is not set; the text says what to do."""

    def __init__(self) -> None:
        super().__init__(
            f"HOME is not set, and no user has the id {os.getuid()}; set HOME, or XDG_STATE_HOME to a folder"
        )


def state_dir() -> Path:
    """Return the folder for what outlives a run: below XDG_STATE_HOME if that is absolute, or else ~/.local/state.

    Raises NoHomeError.
    """
    return (_environment_folder("XDG_STATE_HOME") or _home() / ".local" / "state") / "tierdeps"


def runtime_dir() -> Path | None:
    """Return the folder for what lives as long as a run: below XDG_RUNTIME_DIR, None where there is no such folder."""
    folder = _environment_folder("XDG_RUNTIME_DIR")
    return folder / "tierdeps" if folder and folder.is_dir() else None


def _environment_folder(variable: str) -> Path | None:
    """Return the folder that a variable names; as the XDG specification has it, only an absolute path counts."""
    value = os.environ.get(variable, "")
    return Path(value) if os.path.isabs(value) else None  # noqa: PTH117  the path of an empty text is "."


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        raise NoHomeError from None


class NotOursError(PermissionError):
    """An entry belongs to another user, or is of another kind than expected; ``strerror`` is the whole sentence."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        super().__init__(EPERM, f"{path} {problem}; {_advice(path)}")

    def __str__(self) -> str:
        return self.strerror or ""


def _advice(path: Path) -> str:
    """Return how to solve it: move the entry away, or set the variable from which its path is made."""
    folders = {"XDG_RUNTIME_DIR": _environment_folder("XDG_RUNTIME_DIR")}
    with suppress(NoHomeError):
        folders["XDG_STATE_HOME"] = state_dir().parent
    found = {name: folder for name, folder in folders.items() if folder and path.is_relative_to(folder)}
    if not found:
        return "move it away"  # the path comes from neither variable
    deepest = max(len(folder.parts) for folder in found.values())
    names = sorted(name for name, folder in found.items() if len(folder.parts) == deepest)
    return f"move it away, or set {' and '.join(names)} to a folder of your own"


def reason_of(error: OSError) -> str:
    """Return the reason of an error in lower case, to complete a sentence."""
    if isinstance(error, NotOursError):
        return str(error)
    return (error.strerror or str(error)).lower()


class PrivateFolder:
    """An open folder, whose methods access entries relative to its descriptor; a context manager that closes it."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def open(cls, base: Path, *names: str, make: bool = True) -> Self:
        """Open ``base/name/name...``; each of these folders belongs to this user, and others have no access.

        With ``make``, missing folders are created and the modes of existing ones are corrected. Raises NotOursError, or
        OSError.
        """
        if make:
            base.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = cls(base.parent, os.open(base.parent, _FOLDER_FLAGS | _HANDLE))
        folder._refuse_foreign_parent()
        for name in (base.name, *names):
            with folder:
                folder = folder._inner(name, make=make)
        return folder

    @classmethod
    def chosen(cls, path: Path, *, make: bool = True) -> Self:
        """Open a folder that the user chose: its owner and mode are not checked, those of its entries are."""
        if make:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(path, os.open(path, _FOLDER_FLAGS | _HANDLE))

    def _refuse_foreign_parent(self) -> None:
        """Raise NotOursError if another user owns the parent folder: they could replace the folder in it."""
        found = os.fstat(self._descriptor)
        if not found.st_mode & stat.S_ISVTX:
            try:
                _refuse_other_owner(self.path, found, 0)
            except NotOursError:
                self.close()
                raise

    def _inner(self, name: str, *, make: bool) -> Self:
        if make:
            with suppress(FileExistsError):
                os.mkdir(name, 0o700, dir_fd=self._descriptor)
        with self._look(
            name, stat.S_ISDIR, "a folder"
        ):  # before it is opened: this names what is wrong, an OSError of open() would not
            descriptor = os.open(name, _FOLDER_FLAGS | os.O_NOFOLLOW, dir_fd=self._descriptor)
        inner = type(self)(self.path / name, descriptor)
        try:
            found = os.fstat(descriptor)
            _refuse_other_owner(inner.path, found)
            if make and found.st_mode & OTHERS:
                os.fchmod(descriptor, stat.S_IMODE(found.st_mode) & 0o700)
        except BaseException:
            inner.close()
            raise
        return inner

    def close(self) -> None:
        """Close the descriptor."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open_file(self, name: str, flags: int) -> int:
        """Open a regular file of this user; O_CREAT creates it with mode 0600. Raises NotOursError or OSError."""
        if self.check(name) is None and not flags & os.O_CREAT:
            raise FileNotFoundError(f"{self.path / name}: there is no such file")
        # The entry may have been replaced since the check: O_NONBLOCK, so that opening a pipe does not wait.
        flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=self._descriptor)
        try:
            found = os.fstat(descriptor)
            _refuse_other_kind(self.path / name, found, stat.S_ISREG, "a regular file")
            _refuse_other_owner(self.path / name, found)
            if found.st_mode & OTHERS and flags & os.O_ACCMODE != os.O_RDONLY:
                os.fchmod(descriptor, stat.S_IMODE(found.st_mode) & 0o700)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def make_file(self, name: str) -> None:
        """Create an empty file unless there is an entry of that name, which is not opened."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with suppress(FileExistsError):
            os.close(os.open(name, flags, 0o600, dir_fd=self._descriptor))

    def check(self, name: str, *, close: bool = False) -> os.stat_result | None:
        """Return the status of a regular file of this user without opening it; None if it is missing.

        With ``close``, the permissions of others are removed. Raises NotOursError.
        """
        try:
            with self._look(name, stat.S_ISREG, "a regular file") as (found, way):
                if close and found.st_mode & OTHERS and way:
                    os.chmod(way, stat.S_IMODE(found.st_mode) & 0o700)  # noqa: PTH101  by descriptor
                return found
        except FileNotFoundError:
            return None

    def remove(self, name: str, kind: Callable[[int], bool] = stat.S_ISREG, noun: str = "a regular file") -> None:
        """Remove a file of this user, if it exists. Raises NotOursError."""
        try:
            with self._look(name, kind, noun):
                os.unlink(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            pass

    def rename(self, name: str, to: str) -> None:
        """Rename a regular file of this user; only another such file may be replaced. Raises NotOursError."""
        self.check(name)
        self.check(to)
        os.rename(name, to, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    @contextmanager
    def _look(self, name: str, kind: Callable[[int], bool], noun: str) -> Iterator[tuple[os.stat_result, str]]:
        """Provide the status of an entry of this user and a path by which it stays reachable even if it is renamed.

        The path is empty where the system cannot provide one. Raises NotOursError.
        """
        path = self.path / name
        if not _HANDLE:
            found = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
            _refuse_other_kind(path, found, kind, noun)
            _refuse_other_owner(path, found)
            yield found, ""
            return
        handle = os.open(name, _HANDLE | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._descriptor)
        try:
            found = os.fstat(handle)
            _refuse_other_kind(path, found, kind, noun)
            _refuse_other_owner(path, found)
            yield found, f"/proc/self/fd/{handle}"
        finally:
            os.close(handle)


def _refuse_other_kind(path: Path, found: os.stat_result, kind: Callable[[int], bool], noun: str) -> None:
    if not kind(found.st_mode):
        is_a = next((name for other, name in _KINDS if other(found.st_mode)), "something else")
        raise NotOursError(path, f"is {is_a}, not {noun}, and is left as it is")


def _refuse_other_owner(path: Path, found: os.stat_result, *more: int) -> None:
    """Raise NotOursError unless this user or one of ``more`` is the owner."""
    own = os.geteuid()
    if found.st_uid not in (own, *more):
        raise NotOursError(path, f"belongs to the user with the id {found.st_uid}, and this is the one with {own}")
