"""Exceptions in tasks and callbacks of a run that nobody foresaw: those of tierdeps itself end the run in order."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import tierdeps
from tierdeps._util.text import without_commands

if TYPE_CHECKING:
    from collections.abc import Callable

#: The exit code of a run that a bug ended, as of any command.
BUG = 70
_OURS = f"{Path(tierdeps.__file__).parent}/"
_ASYNCIO = f"{Path(asyncio.__file__).parent}/"


class Unexpected:
    """The handler of a run's loop; ``crash`` is called with each exception of tierdeps itself.

    What a task of a driver raised while nobody awaited it is logged, as asyncio does: it is for the driver to await.
    """

    def __init__(self, crash: Callable[[BaseException], object]) -> None:
        self.errors: list[BaseException] = []
        self._crash = crash

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take what a task or callback of the loop raised."""
        error = context.get("exception")
        if error is None or not is_ours(error):
            loop.default_exception_handler(context)
        else:
            self.take(error)

    def take(self, error: BaseException) -> None:
        """Keep an exception of tierdeps itself, and end the run."""
        self.errors.append(error)
        self._crash(error)


def is_ours(error: BaseException) -> bool:
    """Return whether it was tierdeps whom the loop had called: the outermost frame that is not of asyncio says so."""
    found = error.__traceback__
    while found is not None and found.tb_frame.f_code.co_filename.startswith(_ASYNCIO):
        found = found.tb_next
    return found is not None and found.tb_frame.f_code.co_filename.startswith(_OURS)


def report_bug(error: BaseException) -> int:
    """Print an exception of tierdeps itself, with all that leads to it; return the exit code."""
    from traceback import format_exception

    with suppress(OSError):  # nobody may listen any more
        click.echo(without_commands("".join(format_exception(error))), err=True, nl=False)
        click.echo("error: this is a bug of tierdeps; please report it with the lines above", err=True)
    return BUG
