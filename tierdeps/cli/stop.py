"""Stop a running instance in reverse order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from tierdeps.cli._drivers import dependents_option, driver_option, perform, refuse_without_drivers
from tierdeps.cli._help import Command
from tierdeps.cli._options import deadline_option, events_option, instance_argument, session_options
from tierdeps.cli._session import Session

if TYPE_CHECKING:
    from typing import NoReturn

    from tierdeps.control.messages import FastStop, Stop

Format = Literal["text", "json"]


@click.command(
    "stop",
    cls=Command,
    examples=(
        ("tierdeps stop graph.toml", "Stop the instance that was started from graph.toml."),
        ("tierdeps stop --fast", "Stop the only instance that runs, without waiting."),
        ("tierdeps stop --driver web", "Stop only web, and what requires it; the instance goes on."),
    ),
)
@instance_argument
@click.option("--fast", is_flag=True, help="Wait at most one second for anything.")
@driver_option("stop")
@dependents_option
@click.option("--left", is_flag=True, help="Stop only the processes that an earlier start --leave-running left.")
@deadline_option
@events_option
@session_options
def command(
    session: Session,
    graphs: tuple[str, ...],
    fast: bool,
    left: bool,
    drivers: tuple[str, ...],
    dependents: bool | None,
    deadline: float,
    format_name: Format,
) -> None:
    """Stop a running instance in reverse order.

    The instance is the one that was started from these GRAPHs; without a GRAPH, the only one that runs. With --left,
    only processes are stopped whose start time and environment show that they are those of the earlier start.

    If the start was killed, and workers of a fleet hold its drivers, these are stopped there.

    With --driver, only these drivers are stopped, with those whose dependency on them says so (on_loss; by default what
    requires them); the instance goes on. They stay down until tierdeps start --driver, restart or reload.
    """
    refuse_without_drivers(drivers, dependents)
    if drivers:
        if fast or left:
            raise click.UsageError(f"--driver cannot be combined with {'--fast' if fast else '--left'}; choose one")
        perform(session, graphs, "stop", drivers, dependents=dependents, deadline=deadline, format_name=format_name)
    from tierdeps.cli.run.held import held_run, stop_held

    held = held_run(graphs, left=left)
    if held is not None:
        raise click.exceptions.Exit(stop_held(session, held, deadline, format_name, fast=fast))
    if left:
        from tierdeps.cli.run.leftovers import stop_left

        raise click.exceptions.Exit(stop_left(session, graphs, deadline, format_name, fast=fast))
    from tierdeps.control.messages import FastStop, Stop

    _stop(session, graphs, (FastStop if fast else Stop)(format_name, session.verbose, session.quiet), deadline)


def _stop(session: Session, graphs: tuple[str, ...], request: FastStop | Stop, deadline: float) -> NoReturn:
    """Stop the running instance, and exit. Raises RunError."""
    from tierdeps.cli.run.client import stop_instance
    from tierdeps.cli.run.instances import running_instance
    from tierdeps.control.client import ProcessHandle
    from tierdeps.errors import DeadlineExceeded, RunError

    run = running_instance(graphs)
    with ProcessHandle(run.info.pid, run.info.started) as process:
        try:
            code = stop_instance(session, run, process, request, deadline)
        except DeadlineExceeded:
            raise RunError(
                f"{run.info.title}, process {run.info.pid}, did not stop within {deadline:g} s, and is still stopping;"
                " tierdeps status shows what it waits for, and tierdeps stop --fast does not wait"
            ) from None
    raise click.exceptions.Exit(code)
