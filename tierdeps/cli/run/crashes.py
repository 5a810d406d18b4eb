"""Handle exceptions of tierdeps itself in tasks and callbacks of a run: they end the run in order."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_OUR_FOLDER = f"{Path(__file__).parents[2]}/"
_ASYNCIO_FOLDER = f"{Path(asyncio.__file__).parent}/"


class CrashHandler:
    """The exception handler of a run's event loop; ``on_crash`` is called with each exception of tierdeps itself.

    An exception of a driver's own task that nobody awaited is logged, as asyncio does: the driver has to await it.
    """

    def __init__(self, on_crash: Callable[[BaseException], object]) -> None:
        self.errors: list[BaseException] = []
        self._on_crash = on_crash

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Handle an exception that a task or a callback of the loop raised."""
        error = context.get("exception")
        if error is None or not is_ours(error):
            loop.default_exception_handler(context)
        else:
            self.handle(error)

    def handle(self, error: BaseException) -> None:
        """Record an exception of tierdeps itself, and end the run."""
        self.errors.append(error)
        self._on_crash(error)


def is_ours(error: BaseException) -> bool:
    """Return whether the loop had called tierdeps: the outermost frame outside asyncio is then one of ours."""
    found = error.__traceback__
    while found is not None and found.tb_frame.f_code.co_filename.startswith(_ASYNCIO_FOLDER):
        found = found.tb_next
    return found is not None and found.tb_frame.f_code.co_filename.startswith(_OUR_FOLDER)
