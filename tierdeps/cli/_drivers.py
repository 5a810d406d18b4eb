"""Options and the client of commands that restart, stop or start single drivers of a running instance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import click

from tierdeps.cli._completion import driver_names
from tierdeps.cli._help import Option

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.cli._session import Session

    Command = Callable[..., Any]

Action = Literal["restart", "stop", "start", "reload"]
Format = Literal["text", "json"]
GROUP = "Single drivers of a running instance"
_WITH = {"stop": ", and what goes with it", "start": ", and what goes with it", "reload": ": its reload_command is run"}


def driver_option(action: Action) -> Callable[[Command], Command]:
    """Return ``--driver``, which makes a command be about single drivers."""
    return click.option(
        "--driver",
        "drivers",
        multiple=True,
        cls=Option,
        group=GROUP,
        metavar="NAME",
        shell_complete=driver_names,
        help=f"{action.capitalize()} this driver of the running instance{_WITH[action]}; may be repeated.",
    )


def dependents_option(function: Command) -> Command:
    """Add the options that say what goes with the drivers."""
    return click.option(
        "--with-dependents/--no-dependents",
        "dependents",
        default=None,
        cls=Option,
        group=GROUP,
        help="Include all drivers that require or want them, or none [default: what on_restart and on_loss of each"
        " dependency say].",
    )(function)


def perform(
    session: Session,
    graphs: tuple[str, ...],
    action: Action,
    drivers: tuple[str, ...],
    *,
    dependents: bool | None,
    deadline: float,
    format_name: Format,
    dry_run: bool = False,
) -> NoReturn:
    """Send the request to the running instance, print its answer, and exit. Raises RunError."""
    from tierdeps.cli.run.client import send_request
    from tierdeps.cli.run.instances import running_instance
    from tierdeps.control.client import require_version
    from tierdeps.control.messages import PERFORM_VERSION, Perform
    from tierdeps.errors import DeadlineExceeded, RunError

    run = running_instance(graphs)
    require_version(run.info.pid, Path(run.info.socket), PERFORM_VERSION, f"{action} single drivers")
    scope: Literal["coupled", "all", "none"] = "coupled" if dependents is None else "all" if dependents else "none"
    request = Perform(action, drivers, scope, format_name, session.verbose, dry_run, session.quiet)
    try:
        code = send_request(session, run, request, deadline)
    except DeadlineExceeded:
        raise RunError(
            f"{run.info.title}, process {run.info.pid}, did not {action} them within {deadline:g} s, and goes on with"
            " it; tierdeps status shows what it waits for"
        ) from None
    if code is None:
        raise RunError(f"process {run.info.pid} ended before it reported the result; see tierdeps status")
    raise click.exceptions.Exit(code)


def refuse_without_drivers(drivers: tuple[str, ...], dependents: bool | None) -> None:
    """Raise UsageError for options about single drivers where none is named."""
    if dependents is not None and not drivers:
        option = "--with-dependents" if dependents else "--no-dependents"
        raise click.UsageError(f"{option} is about single drivers; name them with --driver")
