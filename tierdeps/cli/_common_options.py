"""The options that every command has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tierdeps.cli._completion import file_names, plugin_names
from tierdeps.cli._help import COMMON, Option
from tierdeps.cli.output.terminal import COLORS

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorated = Callable[..., Any]


def with_common_options(function: Decorated) -> Decorated:
    """Add the options of every command."""
    for option in reversed(_common_options()):
        function = option(function)
    return function


def _common_options() -> tuple[Callable[[Decorated], Decorated], ...]:
    """Return the options of every command."""

    def option(*names: str, help_: str, **more: Any) -> Callable[[Decorated], Decorated]:
        return click.option(*names, cls=Option, group=COMMON, help=help_, **more)

    def plugins(name: str, help_: str) -> Callable[[Decorated], Decorated]:
        variable = f"TIERDEPS_{name.upper()}"
        chosen = {"multiple": True, "metavar": "NAME", "envvar": variable, "shell_complete": plugin_names}
        return option(f"--{name}", help_=f"{help_} May be repeated; also {variable}.", **chosen)

    return (
        option("-v", "--verbose", is_flag=True, help_="Show more detail."),
        option("-q", "--quiet", is_flag=True, help_="Show only the answer and errors."),
        option(
            "--config",
            metavar="FILE",
            shell_complete=file_names,
            help_="Path of the settings file; default tierdeps.toml, pyproject.toml or setup.cfg, here or above.",
        ),
        plugins("only", "Load only this plugin."),
        plugins("block", "Do not load this plugin."),
        option("--strict", is_flag=True, help_="Exit 3 if a plugin fails to load."),
        option(
            "--color",
            type=click.Choice(COLORS),
            default="auto",
            help_="When to use colours; auto: on a terminal. NO_COLOR and FORCE_COLOR are respected.",
        ),
        option(
            "--no-pager",
            is_flag=True,
            help_="Print long answers directly, not through a pager (TIERDEPS_PAGER, PAGER, or less).",
        ),
    )
