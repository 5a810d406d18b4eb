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
    """Run the command with the same arguments, and again after each change, until a signal ends it, as any command.

    Each run is a process of its own, because a plugin may have changed too.
    """
    require_watchfiles()
    watched = WatchedFiles.of(_paths(graph_request), settings_files(session))
    command = [sys.executable, "-m", "tierdeps", "check", *(word for word in arguments if word != OPTION)]
    for _ in watched.changes():
        _run(command)
    raise AssertionError("changes are waited for until a signal")


def _paths(graph_request: GraphRequest) -> list[str]:
    """Return what a check reads beside the settings: the GRAPHs, or else the current folder, where the plugins are."""
    return [*(graph_files(graph_request) or graph_request.graphs or ["."])]


def _run(command: Sequence[str]) -> None:
    if ANSWER.stream.isatty():
        click.clear()
    # The answer of each check is the answer of this command; other programs would inherit the standard error for it.
    subprocess.run(command, stdout=ANSWER.stream.fileno(), check=False)  # noqa: S603  it is ourselves
    print_error("note: waiting for changes; Ctrl-C ends")
