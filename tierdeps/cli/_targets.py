"""``--target``: what is to be active, in place of the targets of the graph."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from tierdeps._util.frozen import replace
from tierdeps.cli._completion import driver_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.cli._graph_request import GraphRequest

    Command = Callable[..., Any]

target_option = click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="NAME",
    help="Only this driver and what it needs, wants and pulls is active, instead of targets in the graph; may be"
    " repeated.",
    shell_complete=driver_names,
)


def with_targets(function: Command) -> Command:
    """Add ``--target`` to a command with a ``graph_request``, which then has the targets."""

    @target_option
    @wraps(function)
    def wrapper(*, targets: tuple[str, ...], graph_request: GraphRequest, **rest: Any) -> None:
        function(graph_request=replace(graph_request, targets=targets), **rest)

    return wrapper
