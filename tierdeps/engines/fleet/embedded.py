"""A fleet on this machine: a scheduler in this process, and a worker process for each host."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from distributed import Scheduler
from msgspec import json

from tierdeps.engines.fleet.options import PEM_VARIABLE, quiet_dask

if TYPE_CHECKING:
    from tierdeps.engines import TlsFiles

#: The lease of its workers, in seconds: this process cannot be cut off from them, only killed.
LEASE_S = 15
#: How long a worker may take to end.
END_TIMEOUT_S = 10.0
PAUSE_S = 0.02


class Embedded:
    """The scheduler and the workers of one run. Nobody without the run's own certificate can connect to them."""

    def __init__(self, files: TlsFiles | None, security: Any) -> None:
        self._files = files
        self._security = security
        self._workers: dict[str, subprocess.Popen[bytes]] = {}
        self._scheduler: Any = None

    @property
    def address(self) -> str:
        """The address of the scheduler."""
        return str(self._scheduler.address)

    async def start(self) -> None:
        """Start the scheduler."""
        quiet_dask()
        self._scheduler = await Scheduler(
            host="127.0.0.1", port=0, protocol="tls", security=self._security, dashboard_address="127.0.0.1:0"
        )

    def add(self, host: str) -> None:
        """Start the worker of a host, unless it runs."""
        worker = self._workers.get(host)
        if worker is not None:
            if worker.poll() is None:
                return
            worker.communicate()  # it was lost; this closes its pipe
        options = (f"--host-name={host}", f"--scheduler={self.address}", f"--lease={LEASE_S}", "--quiet")
        environment = {**os.environ, PEM_VARIABLE: json.encode(self._files).decode()}
        self._workers[host] = subprocess.Popen(  # noqa: S603  our own command
            (sys.executable, "-m", "tierdeps", "worker", *options),
            env=environment,
            stdin=subprocess.PIPE,  # at its end the worker stops its drivers: this process is gone
            start_new_session=True,  # Ctrl-C is for the run, which stops its drivers
        )

    def ended(self, host: str) -> int | None:
        """Return the exit code of a host's worker; None while it runs."""
        return self._workers[host].poll()

    async def close(self) -> None:
        """End the workers, then the scheduler."""
        workers, until = list(self._workers.values()), monotonic() + END_TIMEOUT_S
        for worker in workers:
            worker.terminate()
        while any(worker.poll() is None for worker in workers) and monotonic() < until:  # noqa: ASYNC110  processes
            await asyncio.sleep(PAUSE_S)  # in no thread: this may be the end of the process, which makes none any more
        for worker in workers:
            worker.kill()
            worker.communicate()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._scheduler.close(), END_TIMEOUT_S)
