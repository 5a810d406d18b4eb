"""The lifecycles; to import them is to say that drivers are run."""

from __future__ import annotations

import asyncio
import os

from tierdeps import Context, Lifecycle

print("acme_clock.hands is imported")  # noqa: T201  so that it can be seen


class Bus(Lifecycle):
    """A bus: there is nothing to do for it."""


class Clock(Lifecycle):
    """A clock in two phases."""

    def wind(self, context: Context) -> None:
        """Wind it up."""

    def tick(self, context: Context) -> None:
        """Set it going."""


class Chime(Lifecycle):
    """What the tests of the engine ask for in its settings: to fail, wait, end the process, or peep."""

    async def start(self, context: Context) -> None:
        """Do what the settings say."""
        what = context.settings.get("what", "")
        print(f"chime runs in {os.getpid()} and finds {context.get('bus')} with {dict(context.facts)}")  # noqa: T201
        if what == "fail":
            raise ValueError("it is cracked")
        if what == "wait":
            await asyncio.sleep(600)
        if what == "exit":
            os._exit(9)
        if what == "peep":
            context.get("clock")

    def stop(self, context: Context) -> None:
        """Return so."""
        print("chime stops")  # noqa: T201
