"""Hold the drivers of one host of a fleet, for start --engine dask."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

import click

from tierdeps.cli._fleet_options import check_scheduler, tls_options
from tierdeps.cli._help import Command
from tierdeps.cli._options import SECONDS, session_options
from tierdeps.cli.run.signals import StartSignals, wake_on_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tierdeps.cli._session import Session
    from tierdeps.engines import TlsFiles

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command(
    "worker",
    cls=Command,
    examples=(
        ("tierdeps worker --host-name kvm1 --scheduler tcp://127.0.0.1:8786", "Hold the drivers of the host kvm1."),
        ("tierdeps start --engine dask --scheduler tcp://127.0.0.1:8786 graph.toml", "Start a graph on the workers."),
    ),
)
@click.option("--host-name", "host", required=True, metavar="NAME", help="Name of the host in the graph: its drivers.")
@click.option("--scheduler", required=True, metavar="ADDRESS", help="Address of the Dask scheduler to register at.")
@click.option(
    "--listen",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Address of this host at which starts reach the worker; other than loopback, it needs the --tls options.",
)
@click.option(
    "--lease",
    type=SECONDS,
    default=30,
    show_default=True,
    metavar="S",
    help="How long a start may be gone, in seconds, before its drivers here are treated as --on-lease-end says.",
)
@click.option(
    "--on-lease-end",
    type=click.Choice(["stop", "leave"]),
    default="stop",
    show_default=True,
    help="Stop the drivers of a start that is gone, in reverse, or leave them to the next start of the same graph.",
)
@tls_options
@session_options
def command(session: Session, host: str, tls: TlsFiles | None, **values: Any) -> None:
    """Hold the drivers of one host of a fleet, for start --engine dask.

    The worker runs until SIGINT or SIGTERM, and then stops its drivers. Without --tls-ca, every user of this machine
    can let it run commands.
    """
    from tierdeps.engines.dask import require_dask
    from tierdeps.engines.fleet.worker import WorkerOptions, serve
    from tierdeps.model.hosts import check_host

    check_host("--host-name", host)
    if values["listen"] not in LOOPBACK and tls is None:
        raise click.UsageError(
            f"--listen {values['listen']} without TLS would let everybody who reaches it run commands as this user; add"
            " --tls-ca, --tls-cert and --tls-key"
        )
    embedded = _own_identity()
    tls = tls or embedded
    check_scheduler(values["scheduler"], tls)
    require_dask()

    async def hold() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        signals.connect(loop.call_soon_threadsafe, stop.set)
        if embedded is not None:
            Thread(target=_await_parent, args=(lambda: loop.call_soon_threadsafe(stop.set),), daemon=True).start()
        options = WorkerOptions(host, tls=tls, facts=lambda: _facts_now(session), **values)
        with wake_on_signals(loop):
            await serve(options, stop, lambda text: session.info(f"worker {host}: {text}"))

    with StartSignals() as signals:
        signals.hold()
        asyncio.run(hold())


def _facts_now(session: Session) -> Mapping[str, bool]:
    """Return the facts of this host; the plugins are called each time, for what they look at may have changed."""
    from tierdeps.manager import Manager

    manager = Manager(session.settings)
    manager.load()
    return manager.facts()


def _await_parent(then: Callable[[], object]) -> None:
    """Call something when the standard input ends, as the process that started this one does."""
    with suppress(OSError, RuntimeError):  # the loop is closed: the worker ends anyway
        while os.read(0, 1):
            pass
        then()


def _own_identity() -> TlsFiles | None:
    """Return the identity that ``start`` gives to the workers that it starts; programs that these run do not get it."""
    from msgspec import json

    from tierdeps.engines import TlsFiles
    from tierdeps.engines.fleet.options import PEM_VARIABLE

    text = os.environ.pop(PEM_VARIABLE, None)
    return None if text is None else json.decode(text, type=TlsFiles)
