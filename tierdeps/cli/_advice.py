"""Commands that messages offer: what was asked for, and more, as a shell takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tierdeps.cli._session import Session


def _is_typed(name: str) -> bool:
    """Return whether an option stands on the command line: what the environment says holds for the next command too."""
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def command_line(session: Session, command: str, graphs: Iterable[str] = (), *more: str) -> str:
    """Return a command on the same graphs, with the settings and the plugins that were asked for."""
    from shlex import join

    options = [f"--config={session.config}"] if session.config else []
    for name, values in (("only", session.only), ("block", session.block)):
        options += [f"--{name}={value}" for value in values] if _is_typed(name) else []
    return join(("tierdeps", command, *graphs, *options, *more))
