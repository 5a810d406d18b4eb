"""The graph and the settings of a running instance, read again."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tierdeps._util.frozen import Value, replace
from tierdeps.cli._inputs import is_address
from tierdeps.cli._instance.planning import planned
from tierdeps.errors import InputError, RunError, TierdepsError
from tierdeps.threads import Threads

if TYPE_CHECKING:
    from tierdeps.cli._instance.manner import Manner
    from tierdeps.cli._session import Session, Wanted
    from tierdeps.model import Plan
    from tierdeps.settings import Settings


class Reading(Value):
    """What was read: a plan and settings, or an exit code; and what there is to say about it."""

    said: tuple[str, ...]
    code: int = 0
    plan: Plan | None = None
    settings: Settings | None = None


class Start(NamedTuple):
    """What was asked for at the start, and the folder in which it was: a driver may change that at any time."""

    session: Session
    wanted: Wanted
    manner: Manner
    folder: str

    def from_anywhere(self) -> Start:
        """Return the same with whole paths, where we are in another folder by now."""
        if not self.folder or current_folder() == self.folder:
            return self
        session, wanted, manner = self.session, self.wanted, self.manner
        return Start(
            replace(session, config=session.config and self._path(session.config), folder=Path(self.folder)),
            replace(wanted, given=tuple(map(self._path, wanted.given)), graphs=tuple(map(self._path, wanted.graphs))),
            replace(manner, locked=manner.locked and self._path(manner.locked)),
            self.folder,
        )

    def _path(self, name: str) -> str:
        return name if name == "-" or is_address(name) else os.path.join(self.folder, name)  # noqa: PTH118  as written


def current_folder() -> str:
    """Return the folder that we are in; empty where it has been deleted."""
    with suppress(OSError):
        return os.getcwd()  # noqa: PTH109
    return ""


async def read_again(start: Start, seconds: float) -> Reading:
    """Read everything again in a thread: the drivers that run are not kept waiting. Raises TimeoutError."""
    loop = asyncio.get_running_loop()
    threads = Threads(loop)
    read: asyncio.Future[Reading] = loop.create_future()

    def done(reading: Any, error: BaseException | None) -> None:
        if read.done():
            return
        if error is None:
            read.set_result(reading)
        else:
            read.set_exception(error)

    job = threads.submit(lambda _: _read(start.from_anywhere()), None, done)
    try:
        return await asyncio.wait_for(read, seconds)
    finally:
        if not read.done() or read.cancelled():
            job.give_up()
        threads.close()


def _refuse_nothing(plan: Plan, wanted: Wanted) -> None:
    """Refuse a plan that would stop all that runs, and start nothing."""
    if not wanted.allow_empty and all(driver.disabled for driver in plan):
        raise RunError(
            "nothing would run any more: every driver is disabled; enable one, end the run with tierdeps stop, or pass"
            " --allow-empty to stop them all and go on with nothing"
        )


def _read(start: Start) -> Reading:
    session, wanted, manner, _ = start
    said: list[str] = []
    # What is said is for whoever asks for the reload, however quiet the start was: they leave it unsaid themselves.
    fresh = replace(session, say=said.append, color="never", quiet=False, _told=frozenset())
    try:
        if "-" in wanted.graphs:
            raise InputError("-", "what came from the standard input cannot be read again; start from a file")
        with fresh:
            plan = planned(fresh, fresh.located(wanted), manner)
            _refuse_nothing(plan, wanted)
    except click.exceptions.Exit as ended:
        return Reading(tuple(said), ended.exit_code)
    except TierdepsError as error:
        return Reading((*said, f"error: {error}"), error.exit_code)
    return Reading(tuple(said), 0, plan, fresh.settings)
