"""What workers import for ``python -m benchmarks.fleet``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from tierdeps.lifecycle import Lifecycle

if TYPE_CHECKING:
    from tierdeps.lifecycle import Context


class NoOp(Lifecycle):
    """Does nothing."""

    async def start(self, context: Context) -> None:
        """Do nothing."""


class TwoSeconds(Lifecycle):
    """Takes two seconds."""

    SECONDS: ClassVar[float] = 2.0

    async def start(self, _: Context) -> None:
        """Wait."""
        await asyncio.sleep(self.SECONDS)


def no_op(*_: object) -> None:
    """Do nothing, as a task of Dask."""
