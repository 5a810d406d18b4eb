"""What came up is seen to stay up before a success is reported of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.executor import Executor
    from tierdeps.model import PlannedDriver, Report


async def observed(executor: Executor, started: Iterable[PlannedDriver]) -> Report:
    """Wait until the processes among the drivers that were started have stayed up; return how the run stands then."""
    seconds = max((driver.process.watch_time for driver in started if driver.process is not None), default=0.0)
    return await executor.observe(seconds)
