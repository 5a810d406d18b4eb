"""The process of ``tierdeps worker``: it holds the drivers of one host."""

from __future__ import annotations

import asyncio
from contextlib import closing, suppress
from socket import SOCK_STREAM, getaddrinfo, socket
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value
from tierdeps.engines.fleet.holder import Holder
from tierdeps.engines.fleet.loop_thread import LoopThread
from tierdeps.engines.fleet.options import quiet_dask
from tierdeps.engines.fleet.output import drivers_print_to_log
from tierdeps.engines.fleet.versions import read_distributions
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tierdeps.engines import TlsFiles
    from tierdeps.engines.fleet.holder import OnLeaseEnd

#: How long the listening socket may take to open or close.
LISTEN_TIMEOUT_S = 10.0


class WorkerOptions(Value):
    """What a worker is started with. ``listen`` is the address at which runs reach it."""

    host: str
    scheduler: str
    listen: str = "127.0.0.1"
    lease: float = 30.0
    on_lease_end: OnLeaseEnd = "stop"
    tls: TlsFiles | None = None
    #: Returns what the plugins of this host state of it now; called in any thread.
    facts: Callable[[], Mapping[str, bool]] = dict


def _refuse_foreign(address: str) -> None:
    """Raise InputError for an address that is not one of this host; Dask would leave a socket open."""
    try:
        family, kind, protocol, _, place = getaddrinfo(address, 0, type=SOCK_STREAM)[0]
        with socket(family, kind, protocol) as trial:
            trial.bind(place)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"--listen {address}", f"the worker cannot listen there: {reason}") from None


async def serve(options: WorkerOptions, stop: asyncio.Event, note: Callable[[str], None]) -> None:
    """Hold drivers until ``stop`` is set; ``note`` gets what happens. Raises RunError if the host is taken.

    Raises InputError if it cannot listen.
    """
    from tierdeps.engines.fleet.directory import stay_registered
    from tierdeps.engines.fleet.links import RunLinks
    from tierdeps.engines.fleet.security import security_of
    from tierdeps.engines.fleet.server import DriverServer

    _refuse_foreign(options.listen)
    read_distributions()  # before there are drivers that this would block
    quiet_dask()
    holder = Holder(options.lease, options.on_lease_end, note, facts=options.facts)
    holder.forward_logs()
    thread = LoopThread()
    loop = asyncio.get_running_loop()

    def note_here(text: str) -> None:
        loop.call_soon_threadsafe(note, text)

    with closing(thread), drivers_print_to_log():
        security = security_of(options.tls)
        server = DriverServer(RunLinks(holder, options.lease, thread.call), holder.facts)
        scheme = "tls" if options.tls else "tcp"
        listening = thread.submit(server.listen(f"{scheme}://{options.listen}:0", security))
        address = await asyncio.wait_for(asyncio.wrap_future(listening), LISTEN_TIMEOUT_S)
        entry = stay_registered(options.scheduler, options.host, address, options.listen, security, note_here)
        registering = asyncio.wrap_future(thread.submit(entry))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait((registering, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if registering.done():
            registering.result()
        await holder.close()
        registering.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.wrap_future(thread.submit(server.close())), LISTEN_TIMEOUT_S)
