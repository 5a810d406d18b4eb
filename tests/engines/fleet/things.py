# ruff: noqa: T201 - what lifecycles print is what is tested
"""Lifecycles that workers import; each writes what is called to the file that its settings name."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
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


class Wordy(Lifecycle):
    """Prints and logs in all ways."""

    async def start(self, context: Context) -> None:
        print(f"{context.driver} prints")
        print("on the standard error", file=sys.stderr)
        print("a line without an end", end="")
        logging.getLogger("acme.modem").warning("dialling")
        await asyncio.to_thread(print, "from a thread")
        await asyncio.ensure_future(self._later())

    async def _later(self) -> None:
        await asyncio.sleep(0)
        print("from a task")


class Monitor(Lifecycle):
    """Publishes where it is, and a key that it also lets slip."""

    async def start(self, context: Context) -> None:
        say(context, context.phase)
        context.publish("pid", os.getpid())
        context.publish("key", "AQB-a-key-of-monitors", secret=True)
        context.logger.warning("the key is %s", "AQB-a-key-of-monitors")
        print("the key is AQB-a-key-of-monitors")

    async def stop(self, context: Context) -> None:
        say(context, context.phase)


class Client(Lifecycle):
    """Reads what the monitor has published."""

    async def start(self, context: Context) -> None:
        other = context.value("mon", "pid", int) != os.getpid()
        key = context.value("mon", "key", str)
        say(context, f"another process: {other}, length of the key: {len(key)}")
        context.logger.warning("got %s", key)
        if context.settings.get("fail"):
            raise ValueError(f"cannot use {key}")


class Clock(Thing):
    """Writes the time of its host when it starts."""

    async def start(self, context: Context) -> None:
        say(context, f"time {time.time():.0f}")
