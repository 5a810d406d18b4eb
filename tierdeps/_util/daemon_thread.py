"""Calls that block, in daemon threads: one that hangs does not keep a server or a terminal UI from ending."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


async def in_thread(call: Callable[[], Result]) -> Result:
    """Return what a call returns, or raise what it raises."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def finish(result: Result | None, error: BaseException | None) -> None:
        if future.done():  # nobody waits for it any more
            return
        if error is None:
            future.set_result(result)  # type: ignore[arg-type]  # there is one where there is no error
        else:
            future.set_exception(error)

    def work() -> None:
        found: tuple[Result | None, BaseException | None]
        try:
            found = call(), None
        except Exception as error:  # noqa: BLE001  raised again in the loop
            found = None, error
        with suppress(RuntimeError):  # the loop is closed: the command has ended
            loop.call_soon_threadsafe(finish, *found)

    Thread(target=work, name="tierdeps-call", daemon=True).start()
    return await future
