"""Where tierdeps keeps state, and folders and files that only this user may read.

Files are opened relative to the descriptor of their folder. What another user owns, or what is of another kind than
expected, is refused and left unchanged: nothing here follows a symbolic link, opens a device or a pipe, or changes the
mode of another user's file, and what was checked is what is opened, even if its name is given to something else
between the two.
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

#: What anybody but the owner may do.
OTHERS = 0o077
#: A handle on something that is not opened; where the system has none, it is looked at by name.
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
    """Something at a path of ours is another user's, or of another kind; ``strerror`` is the whole sentence."""

    def __init__(self, path: Path, problem: str) -> None:
        self.path = path
        super().__init__(EPERM, f"{path} {problem}; {_advice(path)}")

    def __str__(self) -> str:
        return self.strerror or ""


def _advice(path: Path) -> str:
    """Return what to do about a path that is not ours: the variable that leads to it could lead elsewhere."""
    folders = {"XDG_RUNTIME_DIR": _environment_folder("XDG_RUNTIME_DIR")}
    with suppress(NoHomeError):
        folders["XDG_STATE_HOME"] = state_dir().parent
    found = {name: folder for name, folder in folders.items() if folder and path.is_relative_to(folder)}
    if not found:
        return "move it away"  # somebody chose it by another way
    deepest = max(len(folder.parts) for folder in found.values())
    names = sorted(name for name, folder in found.items() if len(folder.parts) == deepest)
    return f"move it away, or set {' and '.join(names)} to a folder of your own"


def reason_of(error: OSError) -> str:
    """Return what is wrong, as the end of a sentence."""
    if isinstance(error, NotOursError):
        return str(error)
    return (error.strerror or str(error)).lower()


class PrivateFolder:
    """A folder, held open; a context manager. What is done in it is done to its own entries, and to no others."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def open(cls, base: Path, *names: str, make: bool = True) -> Self:
        """Open a folder in a folder in ``base``, each ours and closed to others, and made where it is missing.

        Raises NotOursError, or OSError: FileNotFoundError where nothing is to be ``make``.
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
        """Open a folder that somebody chose: it is left as it is, only what is put into it is ours."""
        if make:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return cls(path, os.open(path, _FOLDER_FLAGS | _HANDLE))

    def _refuse_foreign_parent(self) -> None:
        """Whoever owns the folder around ours can put another one in its place at any moment."""
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
        with self._look(name, stat.S_ISDIR, "a folder"):  # before it is opened, for the reason
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
        """Let go of it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open_file(self, name: str, flags: int) -> int:
        """Open a regular file of ours; with O_CREAT, make it for its owner alone. Raises NotOursError or OSError."""
        if self.check(name) is None and not flags & os.O_CREAT:
            raise FileNotFoundError(f"{self.path / name}: there is no such file")
        # What takes its place just now is not waited for, where it is a pipe, and is seen to be none of ours below.
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
        """Make an empty file where there is nothing of that name; what is there is not opened."""
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with suppress(FileExistsError):
            os.close(os.open(name, flags, 0o600, dir_fd=self._descriptor))

    def check(self, name: str, *, close: bool = False) -> os.stat_result | None:
        """Return what a regular file of ours is like, without opening it; None where there is none.

        With ``close``, others may do nothing with it from now on. Raises NotOursError.
        """
        try:
            with self._look(name, stat.S_ISREG, "a regular file") as (found, way):
                if close and found.st_mode & OTHERS and way:
                    os.chmod(way, stat.S_IMODE(found.st_mode) & 0o700)  # noqa: PTH101  by descriptor
                return found
        except FileNotFoundError:
            return None

    def remove(self, name: str, kind: Callable[[int], bool] = stat.S_ISREG, noun: str = "a regular file") -> None:
        """Remove a file of ours, if it is there. Raises NotOursError."""
        try:
            with self._look(name, kind, noun):
                os.unlink(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            pass

    def rename(self, name: str, to: str) -> None:
        """Give a regular file of ours another name, and replace no other kind of file. Raises NotOursError."""
        self.check(name)
        self.check(to)
        os.rename(name, to, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    @contextmanager
    def _look(self, name: str, kind: Callable[[int], bool], noun: str) -> Iterator[tuple[os.stat_result, str]]:
        """Lend what something of ours is like, and a way to it that no other thing can take; empty without one."""
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
    """Refuse what neither this user owns, nor one of ``more``."""
    own = os.geteuid()
    if found.st_uid not in (own, *more):
        raise NotOursError(path, f"belongs to the user with the id {found.st_uid}, and this is the one with {own}")
