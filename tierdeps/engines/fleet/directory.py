"""The scheduler as a directory: workers register by the name of their host, and are found by it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from distributed import Worker
from distributed.core import rpc

from tierdeps.engines.fleet.security import connection_arguments
from tierdeps.engines.fleet.tls_problem import tls_problem
from tierdeps.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The key under which a worker says where drivers are reached.
KEY = "tierdeps"
#: How long the scheduler may take to answer, in seconds; what is no scheduler may never do so.
ANSWER_S = 5.0
#: Seconds between two attempts to register.
PAUSE_S = 0.5


async def addresses(scheduler: str, security: Any) -> Mapping[str, str]:
    """Return the addresses of the workers that hold drivers, by host. Raises OSError if there is no scheduler."""
    arguments = connection_arguments(security)
    async with (
        asyncio.timeout(ANSWER_S),
        rpc(scheduler, deserialize=False, connection_args=arguments, timeout=2) as remote,
    ):
        identity = await remote.identity()
    workers = identity["workers"].values()
    return {str(worker["name"]): worker[KEY] for worker in workers if KEY in worker}


async def stay_registered(  # noqa: PLR0917  all of them name what is registered
    scheduler: str, host: str, address: str, listen: str, security: Any, note: Callable[[str], None]
) -> None:
    """Register with the scheduler, and again when it was gone. Raises RunError if the host is taken at first."""
    is_first, was_there = True, True
    while True:
        why = await tls_problem(scheduler, security) if scheduler.startswith("tls://") else ""
        if why:
            if was_there:
                note(f"the scheduler at {scheduler} cannot be used: {why}")
            was_there = False
            await asyncio.sleep(PAUSE_S)
            continue
        try:
            with TemporaryDirectory(prefix="tierdeps-", ignore_cleanup_errors=True) as folder:
                worker = await _registered(scheduler, host, address, listen, security, folder)
                note(f"registered at {scheduler}" if is_first else f"registered at {scheduler} again")
                is_first, was_there = False, True
                try:
                    await worker.finished()
                finally:
                    with suppress(Exception):
                        await worker.close(timeout=1)
        except (OSError, RuntimeError, TimeoutError) as error:
            if "name taken" in f"{error} {error.__cause__}" and is_first:
                text = f"a worker for the host {host} is registered at {scheduler} already; stop it first"
                raise RunError(text) from error
        if was_there:
            note(f"the scheduler at {scheduler} is not there; what runs goes on, and the worker registers once it is")
            was_there = False
        await asyncio.sleep(PAUSE_S)


async def _registered(  # noqa: PLR0917  as above
    scheduler: str, host: str, address: str, listen: str, security: Any, folder: str
) -> Any:
    """Return a registered worker of Dask, which is given no tasks: its only use is its place in the directory."""
    return await Worker(
        scheduler,
        name=host,
        host=listen,
        security=security,
        nthreads=1,
        memory_limit=0,
        local_directory=folder,
        dashboard_address="127.0.0.1:0",
        death_timeout=5,
        startup_information={KEY: lambda _: address},
    )
