"""Print a systemd unit that starts the drivers at boot."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._help import Command
from tierdeps.cli._options import graph_options, session_options
from tierdeps.cli._session import Session
from tierdeps.cli._targets import with_targets
from tierdeps.cli.run.options import StartOptions, make_plan
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Valid names of a unit, which are also names of folders: those of systemd.unit(5) without the escapes.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,199}")
#: Valid names of accounts, with their number as another way (systemd's "strict" names).
ACCOUNT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,30}|\d{1,10}")
#: Options of start that end before the service does.
UNFIT = {"detach": "--detach", "once": "--once", "leave": "--leave-running", "dry_run": "--dry-run"}


@click.command(
    "service-unit",
    cls=Command,
    examples=(
        ("tierdeps service-unit shop.toml | sudo tee /etc/systemd/system/shop.service", "Install the unit."),
        ("tierdeps service-unit --user shop shop.toml", "The unit of a service that runs as the user shop."),
        ("tierdeps service-unit shop.toml --start-options '--jobs 4'", "Pass options to tierdeps start."),
    ),
)
@graph_options
@with_targets
@click.option("--name", metavar="NAME", help="Name of the service [default: the name of the first GRAPH].")
@click.option("--user", metavar="USER", help="Account that the service runs as [default: root].")
@click.option("--user-manager", is_flag=True, help="For the service manager of a user: systemctl --user.")
@click.option("--start-options", default="", metavar="TEXT", help="Options of tierdeps start, as in a shell.")
@session_options
def command(
    session: Session,
    graph_request: GraphRequest,
    name: str | None,
    user: str | None,
    user_manager: bool,
    start_options: str,
) -> None:
    """Print a systemd unit that starts the drivers at boot.

    The unit is started once all drivers are ready, stops them in reverse order, and has as much of a sandbox as the
    declarations of the drivers allow. Print it again when the drivers change.
    """
    from tierdeps.service_unit import ServiceUnit

    if user_manager and user is not None:
        raise click.UsageError("--user and --user-manager cannot be combined; a user's manager runs as that user")
    if user is not None and not ACCOUNT.fullmatch(user):
        raise InputError("", f"--user {user!r} is not the name or number of an account")
    graphs = tuple(map(_absolute, graph_request.graphs if graph_request.given else ()))
    words = _split(start_options)
    options = _parsed(words)
    graph = session.graph(graph_request)
    common = tuple(_options(session, graph_request))
    program = _program()
    unit = ServiceUnit(
        name=_unit_name(name, graphs),
        title=", ".join(Path(graph).name for graph in graphs) or "the drivers of the installed plugins",
        plan=make_plan(session, graph, graph_request, options.of(graph)),
        start=(*program, "start", *common, *words, *graphs),
        reload=(*program, "reload", *graphs),
        folder=str(Path.cwd()),
        written_by=shlex.join(("tierdeps", *sys.argv[1:])),
        user=user,
        own_manager=user_manager,
    )
    session.show("".join(f"{line}\n" for line in unit.lines()))
    folder = "~/.config/systemd/user" if user_manager else "/etc/systemd/system"
    session.info(f"note: install it as {folder}/{unit.name}.service")


def _absolute(graph: str) -> str:
    """Return a GRAPH as the service names it. Raises InputError for the standard input, which a service has not."""
    if graph == "-":
        raise InputError("-", "a service cannot read the graph from its standard input; name a file")
    path = Path(graph)
    return str(path.absolute()) if path.exists() else graph


def _unit_name(name: str | None, graphs: Sequence[str]) -> str:
    found = name if name is not None else Path(graphs[0]).stem if graphs else "tierdeps"
    if NAME.fullmatch(found):
        return found
    if name is None:
        raise InputError("", f"{found!r} cannot be the name of a service; pass --name")
    raise InputError("", f"--name {name!r} cannot be the name of a service: use letters, digits, '_', '.' and '-'")


def _split(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise click.UsageError(f"--start-options {text!r}: {str(error).lower()}") from None


def _parsed(words: Sequence[str]) -> StartOptions:
    """Return options of start. Raises UsageError for what it does not know, and for what does not fit a service."""
    from tierdeps.cli import main

    context = click.get_current_context()
    start = cast("click.Command", main.get_command(context, "start"))
    values = start.make_context("start", list(words), parent=context.parent).params
    if values["graphs"]:
        raise click.UsageError(f"--start-options: {values['graphs'][0]!r} is no option; name GRAPHs without them")
    for name, option in UNFIT.items():
        if values[name]:
            raise click.UsageError(f"--start-options: {option} does not fit a service, which runs on")
    return StartOptions(partial=values["partial"])


def _options(session: Session, graph_request: GraphRequest) -> Iterator[str]:
    """Yield the options of this command that start is to have too."""
    if session.config:
        yield f"--config={Path(session.config).absolute()}"
    singles = (("from", session.importer), ("root", session.root), ("uri", session.uri))
    yield from (f"--{name}={value}" for name, value in singles if value is not None)
    for name, values in (("only", session.only), ("block", session.block), ("target", graph_request.targets)):
        yield from (f"--{name}={value}" for value in values)
    yield from (f"--assume={fact}={'yes' if holds else 'no'}" for fact, holds in graph_request.assumed.items())
    if graph_request.allow_empty:
        yield "--allow-empty"


def _program() -> tuple[str, ...]:
    """Return the command that runs this tierdeps: the script of its environment, or else its interpreter."""
    script = Path(sys.executable).parent / "tierdeps"
    return (str(script),) if script.exists() else (sys.executable, "-m", "tierdeps")
