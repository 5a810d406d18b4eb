"""The hosts of one run, in the thread of the connections."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any

from distributed.core import rpc

from tierdeps.engines.fleet.client import ATTEMPT_S, HostLinks, Listener
from tierdeps.engines.fleet.dial import DaskDialer
from tierdeps.engines.fleet.directory import addresses
from tierdeps.engines.fleet.embedded import Embedded
from tierdeps.engines.fleet.messages import facts_decoder
from tierdeps.engines.fleet.security import connection_arguments, security_of, temporary_files
from tierdeps.engines.fleet.tls_problem import tls_problem
from tierdeps.errors import RemoteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps.engines import TlsFiles

#: How long a worker may take to register, in seconds; those of an embedded fleet start with the run.
REGISTER_TIMEOUT_S = 15.0
EMBEDDED_TIMEOUT_S = 60.0
PAUSE_S = 0.1
#: How long the plugins of a host may take to state its facts, in seconds.
FACTS_TIMEOUT_S = 30.0
UNREACHABLE = "the scheduler at {scheduler} cannot be reached: {why}"


class Fleet:
    """Finds the workers of hosts. Without a scheduler it starts both itself."""

    def __init__(self, scheduler: str | None, files: TlsFiles | None) -> None:
        self._files = files if scheduler else temporary_files()
        self._security = security_of(self._files)
        self._scheduler = scheduler
        self._embedded: Embedded | None = None
        self._starting = asyncio.Lock()
        self._is_verified = False

    def links(self, listener: Listener) -> HostLinks:
        """Return the connections of a run, none of which is open yet; what they report goes to a listener."""
        return HostLinks(self._find, DaskDialer(self._security), listener)

    async def facts(self, host: str) -> Mapping[str, bool]:
        """Return the facts that a host states of itself now. Raises RemoteError, or OSError."""
        address = await self._find(host)
        arguments = connection_arguments(self._security)
        async with (
            asyncio.timeout(FACTS_TIMEOUT_S),
            rpc(address, deserialize=False, connection_args=arguments, timeout=ATTEMPT_S) as worker,
        ):
            return facts_decoder.decode(await worker.facts())

    async def close(self) -> None:
        """End the scheduler and the workers that were started for this run."""
        if self._embedded is not None:
            await self._embedded.close()

    async def _find(self, host: str) -> str:
        """Return the address of a host's worker. Raises RemoteError if there is none in time."""
        scheduler, seconds = self._scheduler, REGISTER_TIMEOUT_S
        if scheduler is None:
            scheduler, seconds = await self._embed(host), EMBEDDED_TIMEOUT_S
        elif scheduler.startswith("tls://"):
            await self._verify_tls(scheduler)
        until = monotonic() + seconds
        problem = ""
        while monotonic() < until:
            try:
                found: Any = await addresses(scheduler, self._security)
            except (OSError, TimeoutError) as error:
                why = "" if problem else await tls_problem(scheduler, self._security)
                problem = UNREACHABLE.format(scheduler=scheduler, why=why or str(error) or "it does not answer")
                if why:
                    break
            else:
                if host in found:
                    return str(found[host])
                command = f"tierdeps worker --host-name {host} --scheduler {scheduler}"
                problem = f"no worker for the host {host} is registered at {scheduler}; start one there with: {command}"
            if self._embedded is not None and (code := self._embedded.ended(host)) is not None:
                raise RemoteError(f"the worker for the host {host} ended with exit code {code}")
            await asyncio.sleep(PAUSE_S)
        raise RemoteError(problem)

    async def _verify_tls(self, scheduler: str) -> None:
        """Raise RemoteError if TLS is wrong; once for all hosts, unless it is. Dask would leave a connection open."""
        async with self._starting:
            if not self._is_verified and (why := await tls_problem(scheduler, self._security)):
                raise RemoteError(UNREACHABLE.format(scheduler=scheduler, why=why))
            self._is_verified = True

    async def _embed(self, host: str) -> str:
        async with self._starting:
            if self._embedded is None:
                embedded = Embedded(self._files, self._security)
                await embedded.start()
                self._embedded = embedded
        self._embedded.add(host)
        return self._embedded.address
