"""``start --watch``: reload when a file changes from which the run was made."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps.cli._file_changes import WatchedFiles, graph_files, require_watchfiles, settings_files
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session
    from tierdeps.model import Plan


def watched_files(session: Session, graph_request: GraphRequest, plan: Plan, extra: tuple[str, ...]) -> WatchedFiles:
    """Return the files from which a run is made, and those that the user names. Raises InputError.

    An env file that is optional, or whose name has variables, counts if there is a file of that name now.
    """
    require_watchfiles()
    return WatchedFiles.of([*_own_files(session, graph_request, plan), *extra])


def _own_files(session: Session, graph_request: GraphRequest, plan: Plan) -> Iterator[str]:
    yield from graph_files(graph_request)
    yield from settings_files(session)
    for driver in plan:
        if driver.process is not None:
            names = (name.removeprefix("-") for name in driver.process.env_file)
            yield from (name for name in names if Path(name).is_file())


@asynccontextmanager
async def watching(
    files: WatchedFiles | None, on_change: Callable[[], object], on_error: Callable[[str], object]
) -> AsyncIterator[None]:
    """Call something after each change, in this event loop, until the block ends, or until watching fails."""
    if files is None:
        yield
        return
    stop = threading.Event()

    async def follow() -> None:
        try:
            changes = files.changes_until(stop)
            await anext(changes, None)  # they are watched from here on
            async for _ in changes:
                on_change()
        except (InputError, OSError) as error:  # too many folders, for example
            on_error(f"error: files are not watched any more: {error}; the run goes on")

    task = asyncio.create_task(follow())
    try:
        yield
    finally:
        stop.set()
        await task
