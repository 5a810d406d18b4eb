"""``start --watch``: reload when a file changes from which the run was made."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from tierdeps.cli._file_changes import WatchedFiles, graph_files, require_watchfiles, settings_files
from tierdeps.errors import InputError
from tierdeps.words.sentences import listed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session
    from tierdeps.model import Plan


def watched_files(session: Session, graph_request: GraphRequest, plan: Plan, extra: tuple[str, ...]) -> WatchedFiles:
    """Return the files from which a run is made, and those that the user names. Raises InputError.

    An env file, or a file of settings, that appears later counts too.
    """
    require_watchfiles()
    own = [*settings_files(session), *_env_files(plan)]
    return WatchedFiles.of([*graph_files(graph_request), *extra], own)


def _env_files(plan: Plan) -> Iterator[str]:
    """Yield the env files of a plan's processes; one whose name has a variable that is not set is no file."""
    from tierdeps.model.variables import VariableError, substitute
    from tierdeps.processes.resolve import OPTIONAL

    for driver in plan:
        process = driver.process
        if process is not None:
            for name in process.env_file:
                with suppress(VariableError):
                    path = name.removeprefix(OPTIONAL)
                    yield substitute(path, os.environ) if process.substitute else path


def change_text(paths: tuple[str, ...], folder: str) -> str:
    """Return a sentence that names changed files, relative to a folder where they are in it."""
    if not paths:
        return "folders that are watched have come or gone"
    names = [path.removeprefix(f"{folder}{os.sep}") for path in paths]
    return f"{listed(names)} {'has' if len(names) == 1 else 'have'} changed"


@asynccontextmanager
async def watching(
    files: WatchedFiles | None, on_change: Callable[[tuple[str, ...]], object], on_error: Callable[[str], object]
) -> AsyncIterator[None]:
    """Call something with the paths of each change, in this event loop, until the block or the watching ends."""
    if files is None:
        yield
        return
    stop = threading.Event()

    async def follow() -> None:
        try:
            changes = files.changes_until(stop)
            await anext(changes, None)  # they are watched from here on
            async for paths in changes:
                on_change(paths)
        except (InputError, OSError) as error:  # too many folders, for example
            on_error(f"error: files are not watched any more: {error}; the run goes on")

    task = asyncio.create_task(follow())
    try:
        yield
    finally:
        stop.set()
        await task
