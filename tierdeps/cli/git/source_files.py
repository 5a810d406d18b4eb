"""The source file in the repository of a module that is installed as a copy."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: Folders with copies of sources: what is built or installed.
COPIES = {"build", "dist", "node_modules", "site-packages", "dist-packages", "__pycache__"}
#: A folder with more files than this is not searched without git: it may be a whole disk.
MAX_FILES_SEARCHED = 100_000


class SourceFiles(Value, dict=True):
    """The files below the root of a repository."""

    root: Path

    def find(self, file: str, installed: Path, lines: Iterable[int]) -> str:
        """Return the path of a module's source; empty if it is ambiguous.

        ``file`` is the import path of the module (``depot/__init__.py``). The source's path ends with it, unless the
        package is mapped to a folder of another name: then the content must be equal. Of several files, the one with
        equal content is taken; a single one with other content must at least have equal ``lines``.
        """
        content = _read(installed)
        named = [path for path in self._paths_of(PurePosixPath(file).name) if (self.root / path).is_file()]
        ending = [path for path in named if f"/{path}".endswith(f"/{file}")]
        same = [path for path in ending or named if content is not None and _read(self.root / path) == content]
        if same:
            return _only(_longest_tails(same, file))
        if len(ending) == 1 and (content is None or _agree(content, _read(self.root / ending[0]), lines)):
            return ending[0]
        return ""

    def _paths_of(self, name: str) -> Sequence[str]:
        """Return the files of a name: tracked ones, or else others that are no copies."""
        tracked = [path for path in self._tracked if path.rpartition("/")[2] == name]
        return tracked or [path for path in self._others if path.rpartition("/")[2] == name]

    @cached_property
    def _tracked(self) -> Sequence[str]:
        return self._listed("--cached") or ()

    @cached_property
    def _others(self) -> Sequence[str]:
        listed = self._listed("--others", "--exclude-standard")
        paths = tuple(self._walk()) if listed is None else listed
        return [path for path in paths if not COPIES & set(path.split("/"))]

    def _listed(self, *options: str) -> Sequence[str] | None:
        """Return the files that git lists; None without git."""
        from tierdeps.cli.git.repository import git

        if not (self.root / ".git").exists():
            return None
        try:
            listed = git(self.root, "ls-files", "-z", *options, subject="files")
        except InputError:
            return None
        return os.fsdecode(listed).split("\0")[:-1]

    def _walk(self) -> Iterator[str]:
        """Yield all files but those of hidden folders, of copies and of virtual environments."""
        seen = 0
        for folder, folders, files in os.walk(self.root):
            seen += len(files)
            if seen > MAX_FILES_SEARCHED:
                return
            inner = [name for name in folders if not name.startswith(".") and name not in COPIES]
            folders[:] = [name for name in inner if not Path(folder, name, "pyvenv.cfg").exists()]
            yield from (Path(folder, name).relative_to(self.root).as_posix() for name in files)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _agree(one: bytes, other: bytes | None, lines: Iterable[int]) -> bool:
    """Return whether two files are equal in the given lines."""
    if other is None:
        return False
    here, there = one.splitlines(), other.splitlines()
    return all(here[number - 1 : number] == there[number - 1 : number] for number in lines)


def _longest_tails(paths: Iterable[str], file: str) -> Sequence[str]:
    """Return the paths that share the longest tail with the import path."""
    wanted = file.split("/")[::-1]

    def shared(path: str) -> int:
        pairs = zip(path.split("/")[::-1], wanted, strict=False)
        return next((number for number, (one, other) in enumerate(pairs) if one != other), len(wanted))

    found = {path: shared(path) for path in paths}
    return [path for path, number in found.items() if number == max(found.values())]


def _only(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else ""
