"""Lifecycles that workers import; each writes what is called to the file that its settings name."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tierdeps.lifecycle import Lifecycle

if TYPE_CHECKING:
    from tierdeps.lifecycle import Context


class Thing(Lifecycle):
    """Writes its calls; ``hang`` in its settings names one that never ends by itself, ``fail`` one that fails."""

    def __init__(self) -> None:
        self.made_in = os.getpid()

    async def start(self, context: Context) -> None:
        await self._act(context)

    async def reload(self, context: Context) -> None:
        await self._act(context)

    async def stop(self, context: Context) -> None:
        await self._act(context)

    async def cleanup(self, context: Context) -> None:
        await self._act(context)

    async def _act(self, context: Context) -> None:
        say(context, context.phase)
        if context.settings.get("hang") == context.phase:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                say(context, f"{context.phase} cancelled")
                raise
        if context.settings.get("fail") == context.phase:
            raise OSError("no such device")


class Plain(Lifecycle):
    """Looks up another one from a thread, and logs what it found."""

    def start(self, context: Context) -> None:
        found = context.get("thing", Thing)
        context.logger.warning("found one made in the same process: %s", found.made_in == os.getpid())
        say(context, context.phase)


class Lost(Lifecycle):
    """Stops working as soon as it is up."""

    async def start(self, context: Context) -> None:
        asyncio.get_running_loop().call_later(0, context.lost, "the disk is gone")


def say(context: Context, text: str) -> None:
    """Append a line to the file of a driver's settings."""
    with Path(str(context.settings["log"])).open("a", encoding="utf-8") as file:
        file.write(f"{context.driver} {text}\n")
