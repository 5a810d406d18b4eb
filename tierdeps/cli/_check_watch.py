"""``check --watch``: check again whenever a file changes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import click

from tierdeps.cli._file_changes import WatchedFiles, graph_files, require_watchfiles, settings_files
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.streams import print_error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from tierdeps.cli._graph_request import GraphRequest
    from tierdeps.cli._session import Session

OPTION = "--watch"


def check_again_and_again(session: Session, graph_request: GraphRequest, arguments: Sequence[str]) -> NoReturn:
    """Run the command with the same arguments, and again after each change, until an interrupt; exit with 0.

    Each run is a process of its own, because a plugin may have changed too.
    """
    require_watchfiles()
    watched = WatchedFiles.of(_paths(session, graph_request))
    command = [sys.executable, "-m", "tierdeps", "check", *(word for word in arguments if word != OPTION)]
    try:
        for _ in watched.changes():
            _run(command)
    except KeyboardInterrupt:
        raise click.exceptions.Exit(0) from None
    raise click.exceptions.Exit(0)


def _paths(session: Session, graph_request: GraphRequest) -> list[str]:
    """Return what a check reads: the GRAPHs, or else the current folder, where the plugins are; and the settings."""
    return [*(graph_files(graph_request) or graph_request.graphs or ["."]), *settings_files(session)]


def _run(command: Sequence[str]) -> None:
    if ANSWER.stream.isatty():
        click.clear()
    subprocess.run(command, check=False)  # noqa: S603  it is ourselves
    print_error("note: waiting for changes; Ctrl-C ends")
