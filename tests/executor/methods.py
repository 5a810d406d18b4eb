"""Methods of lifecycles that several tests use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps.lifecycle import Context


async def hang(context: Context) -> None:
    """Wait for ever, unless cancelled."""
    await asyncio.Event().wait()


async def deaf(context: Context) -> None:
    """Ignore every cancellation for 500 s after it."""
    while True:
        try:
            await asyncio.sleep(500)
        except asyncio.CancelledError:
            continue
        return
