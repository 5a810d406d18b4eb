"""A lifecycle for simulated fleets, which workers import by name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tierdeps.lifecycle import Lifecycle

if TYPE_CHECKING:
    from tierdeps.lifecycle import Context


class Noted(Lifecycle):
    """Notes its calls; ``hang`` in its settings names one that never ends by itself, ``exit`` one that exits."""

    calls: list[str]

    async def start(self, context: Context) -> None:
        await self._note(context)

    async def stop(self, context: Context) -> None:
        await self._note(context)

    async def _note(self, context: Context) -> None:
        self.calls.append(f"{context.driver} {context.phase}")
        if context.settings.get("hang") == context.phase:
            await asyncio.Event().wait()
        if context.settings.get("exit") == context.phase:
            raise SystemExit
