"""Write the plan as the files of another start-up system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tierdeps.cli._completion import exporter_names, file_names
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._help import Command
from tierdeps.cli._options import graph_options, session_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.streams import print_error
from tierdeps.errors import InputError, UnknownNameError
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.exporters import Exporter, Loss

#: The maximal number of drivers that a warning names; further ones are counted.
MAX_NAMES = 5


@click.command(
    "export",
    cls=Command,
    examples=(
        ("tierdeps export --to systemd units graph.toml", "Write a unit for each step, and a target for each tier."),
        ("tierdeps export --strict --to compose . graph.toml", "Write nothing if compose cannot express all of it."),
    ),
)
@click.argument("folder", metavar="DIR", shell_complete=file_names)
@graph_options
@click.option(
    "--to",
    "system",
    required=True,
    metavar="NAME",
    shell_complete=exporter_names,
    help="The system to write files for; plugins add them: tierdeps-boot adds systemd, compose, dinit and s6-rc.",
)
@session_options
def command(session: Session, graph_request: GraphRequest, folder: str, system: str) -> None:
    """Write the plan as the files of another start-up system.

    What the other system cannot express is a warning; with --strict it is an error, and nothing is written. Files that
    were not exported by tierdeps, or were changed since, are never overwritten.
    """
    from tierdeps.cli.output.export_folder import write_export

    if not folder:
        raise InputError("", "DIR is empty: name a folder to export into")
    exporter = _exporter(session, system)
    graph = session.graph(graph_request)
    session.refuse_errors(graph)
    plan = graph.collapse()
    if not plan.drivers and not graph_request.allow_empty:
        raise InputError("", "nothing to export: the plan has no driver; pass --allow-empty if that is intended")
    export = exporter.export(plan)
    _report(session, system, export.losses)
    removed = write_export(Path(folder), system, export.files)
    gone = f", {counted(removed, 'file')} of the last export removed" if removed else ""
    session.info(f"{folder}: {counted(len(export.files), 'file')} written{gone}")


def _exporter(session: Session, name: str) -> Exporter:
    """Return an exporter. Raises InputError or UnknownNameError if no plugin adds it."""
    exporters = {exporter.name: exporter for exporter in session.manager.exporters()}
    if not exporters:
        raise InputError("", f"no installed plugin exports to {name!r}; tierdeps-boot adds systemd, compose and others")
    if name not in exporters:
        raise UnknownNameError("exporter", name, exporters)
    return exporters[name]


def _report(session: Session, system: str, losses: Iterable[Loss]) -> None:
    """Print what the other system cannot express; with ``--strict``, exit with 1 if there is anything."""
    lines = [f"{system}: {loss.message}{_names(loss.drivers)}" for loss in losses]
    for line in lines if session.strict or not session.quiet else ():
        print_error(f"{'error' if session.strict else 'warning'}: {line}")
    if lines and session.strict:
        print_error("error: nothing was written, because --strict refuses what cannot be expressed")
        raise click.exceptions.Exit(1)


def _names(drivers: tuple[str, ...]) -> str:
    more = f" and {len(drivers) - MAX_NAMES} more" if len(drivers) > MAX_NAMES else ""
    return f": {', '.join(drivers[:MAX_NAMES])}{more}" if drivers else ""
