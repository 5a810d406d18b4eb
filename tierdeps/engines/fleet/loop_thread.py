"""An event loop in a thread of its own, for connections that must be served whatever the drivers do."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

Result = TypeVar("Result")

#: How long the end of the loop's tasks is waited for.
END_TIMEOUT_S = 5.0


class LoopThread:
    """An event loop that runs in a thread until it is closed."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="tierdeps-fleet", daemon=True)
        self._thread.start()

    def submit(self, coroutine: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run a coroutine there."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function there, later; nothing happens if the loop is closed."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(function, *arguments)

    def close(self) -> None:
        """Cancel what runs there, and wait for its end for a while."""
        self.call(self.loop.stop)
        self._thread.join(END_TIMEOUT_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            tasks = asyncio.all_tasks(self.loop)
            for task in tasks:
                task.cancel()
            with suppress(TimeoutError):
                gathered = asyncio.gather(*tasks, return_exceptions=True)
                self.loop.run_until_complete(asyncio.wait_for(gathered, END_TIMEOUT_S / 2))
        finally:
            self.loop.close()
