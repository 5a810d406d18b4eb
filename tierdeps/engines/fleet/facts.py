"""The facts that hosts state of themselves, through the plugins of their workers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tierdeps.driver_errors import describe
from tierdeps.engines.fleet.fleet import Fleet
from tierdeps.engines.fleet.loop_thread import LoopThread
from tierdeps.errors import RemoteError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tierdeps.engines import EngineOptions


def facts_of(options: EngineOptions, hosts: Sequence[str]) -> Mapping[str, Mapping[str, bool] | str]:
    """Return what hosts state of themselves, or why that is unknown; it takes as long as workers may take to appear."""
    thread = LoopThread()

    async def ask() -> list[Mapping[str, bool] | str]:
        fleet = Fleet(options.scheduler, options.tls)
        return await asyncio.gather(*(_answer(fleet, host) for host in hosts))

    try:
        return dict(zip(hosts, thread.submit(ask()).result(), strict=True))
    finally:
        thread.close()


async def _answer(fleet: Fleet, host: str) -> Mapping[str, bool] | str:
    try:
        return await fleet.facts(host)
    except RemoteError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  the start goes on without it
        return f"the worker on {host} does not answer: {describe(error)}"
