"""Show a running instance in the terminal: drivers, logs, timeline."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from tierdeps._util.interrupts import ENDING_SIGNALS, INTERRUPTED
from tierdeps.cli._errors import EXIT_BUG
from tierdeps.cli._help import Command
from tierdeps.cli._options import instance_argument, session_options
from tierdeps.cli._session import Session
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from tierdeps.ui.app import InstanceApp


@click.command(
    "ui",
    cls=Command,
    examples=(
        ("tierdeps ui", "Show the only instance that runs."),
        ("tierdeps ui graph.toml", "Show the instance that was started from graph.toml."),
    ),
)
@instance_argument
@session_options
def command(session: Session, graphs: tuple[str, ...]) -> None:
    """Show a running instance in the terminal: drivers, logs, timeline.

    The keys are at the bottom: they start, stop or restart the driver at the cursor, search its log, and show the
    timeline of the start. q ends the UI; the instance goes on. If the instance ends, the UI stays, and shows the next
    run. Exits 4 if no instance runs.
    """
    try:
        from tierdeps.ui.app import InstanceApp
    except ImportError:
        raise InputError("ui", "it needs textual: pip install 'tierdeps[tui]'") from None
    from tierdeps.cli.run.instance_source import InstanceSource
    from tierdeps.cli.run.instances import running_instance

    run = running_instance(graphs)
    if not (sys.__stdin__ and sys.__stdin__.isatty() and sys.__stderr__ and sys.__stderr__.isatty()):
        raise InputError("ui", "it needs a terminal; tierdeps status --watch shows the instance without one")
    if session.color == "never":
        os.environ["NO_COLOR"] = "1"  # textual reads it
    app = InstanceApp(InstanceSource(run))
    asyncio.run(_run(app))
    if app.failure is not None:
        raise app.failure
    if app.return_code:
        raise click.exceptions.Exit(INTERRUPTED if app.return_code == INTERRUPTED else EXIT_BUG)


async def _run(app: InstanceApp) -> None:
    loop = asyncio.get_running_loop()
    for number in ENDING_SIGNALS:  # the keyboard sends none meanwhile
        if signal.getsignal(number) is not signal.SIG_IGN:  # as SIGHUP is under nohup
            loop.add_signal_handler(number, lambda: app.exit(return_code=INTERRUPTED))
    await app.run_async()
