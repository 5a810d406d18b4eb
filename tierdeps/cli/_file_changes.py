"""Waiting for changes of files: ``check --watch`` and ``start --watch``."""

from __future__ import annotations

import asyncio
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.errors import InputError
from tierdeps.settings.file import NAMES

if TYPE_CHECKING:
    import threading
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from watchfiles import DefaultFilter
    from watchfiles._rust_notify import RustNotify

    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session

#: Changes that follow each other within so many milliseconds are one; they are collected for no longer than the second.
STEP_MS, DEBOUNCE_MS = 200, 1000
NO_TIMEOUT = 0
#: At most so many folders are watched: each takes a watch of the kernel, of which a user has a limited number.
MAX_FOLDERS = 10_000


def graph_files(request: GraphRequest) -> list[str]:
    """Return the GRAPHs that are files or folders. Raises InputError for the standard input."""
    if "-" in request.graphs:
        raise InputError("-", "the standard input cannot be watched; name a file")
    return [graph for graph in request.graphs if Path(graph).exists()]


def settings_files(session: Session) -> list[str]:
    """Return the file of the settings, if there is one, and the one that would count if there were one."""
    source = session.settings.source
    found = [source] if source and Path(source).is_file() else []
    return found if session.config else [*found, str(session.folder / NAMES[0])]


def require_watchfiles() -> None:
    """Raise InputError if the extra is not installed."""
    try:
        import watchfiles  # noqa: F401
    except ImportError:
        raise InputError("--watch", "it needs watchfiles: pip install 'tierdeps[watch]'") from None


class WatchedFiles(Value):
    """Files and folders whose changes are waited for; a folder stands for all that is in it.

    Folders are watched, not files: an editor replaces a file by another one.
    """

    files: frozenset[str]
    folders: frozenset[str]

    @classmethod
    def of(cls, paths: Sequence[str], expected: Iterable[str] = ()) -> WatchedFiles:
        """Return what to watch for these paths; files that are ``expected`` may appear later.

        Raises InputError for a path that does not exist.
        """
        files: set[str] = set()
        folders: set[str] = set()
        for name in paths:
            if not Path(name).exists():
                raise InputError(name, "cannot be watched: there is no such file or folder")
        for name in (*paths, *expected):
            path = Path(name)
            for each in {path.absolute(), path.resolve()}:  # a link, and what it leads to
                (folders if path.is_dir() else files).add(str(each))
        return cls(frozenset(files), frozenset(folders))

    def names(self, path: str) -> bool:
        """Return whether a changed path is one of them, or in one of the folders."""
        return path in self.files or any(path.startswith(f"{folder}{os.sep}") for folder in self.folders)

    def roots(self) -> list[str]:
        """Return the folders to watch. Raises InputError if there are too many."""
        found = {_existing_folder(Path(file).parent) for file in self.files}
        for folder in self.folders:
            for parent, inner, _ in os.walk(folder):
                inner[:] = [name for name in inner if not name.startswith(".")]
                found.add(parent)
                if len(found) > MAX_FOLDERS:
                    raise InputError(folder, f"cannot be watched: it has more than {MAX_FOLDERS} folders")
        return sorted(found)

    def changes(self) -> Iterator[tuple[str, ...]]:
        """Yield once the files are watched, and then the paths of each change; none is missed after the first time.

        There are no paths where folders came or went: anything in them may have changed. Raises KeyboardInterrupt when
        a signal arrives.
        """
        while True:
            roots = self.roots()
            with _notifier(roots) as notifier:
                yield ()
                while self.roots() == roots:  # else folders have come or gone
                    if paths := self._changed(notifier.watch(DEBOUNCE_MS, STEP_MS, NO_TIMEOUT, None)):
                        yield paths

    async def changes_until(self, stop: threading.Event) -> AsyncIterator[tuple[str, ...]]:
        """Yield as ``changes`` does, in an event loop, until the event is set."""
        while not stop.is_set():
            roots = await asyncio.to_thread(self.roots)  # a folder may have thousands
            with _notifier(roots) as notifier:
                yield ()
                while not stop.is_set() and await asyncio.to_thread(self.roots) == roots:
                    found = await asyncio.to_thread(notifier.watch, DEBOUNCE_MS, STEP_MS, NO_TIMEOUT, stop)
                    if paths := self._changed(found):
                        yield paths

    def _changed(self, found: set[tuple[int, str]] | str) -> tuple[str, ...]:
        """Return those of the changed paths that the notifier found that are these files, sorted."""
        from watchfiles import Change

        if found == "signal":
            raise KeyboardInterrupt
        if isinstance(found, str):  # it was stopped
            return ()
        return tuple(sorted({path for change, path in found if self.names(path) and _usual()(Change(change), path)}))


def _existing_folder(folder: Path) -> str:
    """Return a folder, or the nearest one above it that exists: there it is seen when the others appear."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return str(folder)


def _notifier(roots: list[str]) -> RustNotify:
    from watchfiles._rust_notify import RustNotify

    return RustNotify(roots, False, False, 0, False, False)


@cache
def _usual() -> DefaultFilter:
    """Return the filter of what editors and version control write beside files."""
    from watchfiles import DefaultFilter

    return DefaultFilter()
