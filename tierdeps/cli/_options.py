"""Options that commands share."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from tierdeps.cli._answer import ANSWER
from tierdeps.cli._complete import facts, file_names, format_names, plugin_names
from tierdeps.cli._session import Session, Wanted
from tierdeps.cli._terminal import COLORS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Command = Callable[..., Any]

YES, NO = {"yes", "true", "on", "1"}, {"no", "false", "off", "0"}


def fact(text: str) -> tuple[str, bool]:
    """Take ``NAME=yes`` or ``NAME=no`` apart."""
    name, equals, answer = text.rpartition("=")
    if not equals or not name or answer.lower() not in YES | NO:
        raise click.BadParameter(f"{text!r} is not NAME=yes or NAME=no")
    return name, answer.lower() in YES


def session_options(function: Command) -> Command:
    """Add what every command has, and pass it on as one ``session``."""

    @click.option("-v", "--verbose", is_flag=True, help="Say more.")
    @click.option("-q", "--quiet", is_flag=True, help="Say nothing but the answer and errors.")
    @click.option("--config", metavar="FILE", help="Read the settings from FILE.", shell_complete=file_names)
    @click.option(
        "--only",
        multiple=True,
        metavar="NAME",
        envvar="TIERDEPS_ONLY",
        help="Load no other plugin.",
        shell_complete=plugin_names,
    )
    @click.option(
        "--block",
        multiple=True,
        metavar="NAME",
        envvar="TIERDEPS_BLOCK",
        help="Do not load this plugin.",
        shell_complete=plugin_names,
    )
    @click.option("--strict", is_flag=True, help="Exit 3 when a plugin fails to load.")
    @click.option(
        "--color",
        type=click.Choice(COLORS),
        default="auto",
        help="When to colour; auto: on a terminal. NO_COLOR and FORCE_COLOR are heeded.",
    )
    @wraps(function)
    def wrapper(
        *,
        verbose: bool,
        quiet: bool,
        config: str | None,
        only: tuple[str, ...],
        block: tuple[str, ...],
        strict: bool,
        color: str,
        uri: str | None = None,
        **rest: Any,
    ) -> None:
        session = Session(verbose, quiet, config, _split(only), _split(block), strict, color, uri)
        with ANSWER.kept_aside(), session:
            if isinstance(wanted := rest.get("wanted"), Wanted):
                rest["wanted"] = session.located(wanted)
            function(session=session, **rest)

    return wrapper


def _split(names: tuple[str, ...]) -> tuple[str, ...]:
    """Take names apart at commas: so they may come from the environment."""
    return tuple(part for name in names for part in name.replace(",", " ").split())


assume_option = click.option(
    "--assume",
    multiple=True,
    type=fact,
    metavar="FACT=yes|no",
    shell_complete=facts,
    help="Take a fact to hold, or not to, whatever the host says.",
)


#: Of commands that ask drivers or the host; ``session_options`` below takes it.
uri_option = click.option(
    "--uri", metavar="URI", help="The connection that drivers use: uri in [defaults] of the settings."
)


def graph_options(function: Command) -> Command:
    """Add the GRAPHs and what is assumed of them, and pass them on as one ``wanted``."""

    @click.argument("graphs", nargs=-1, metavar="[GRAPH]...", shell_complete=file_names)
    @assume_option
    @uri_option
    @click.option(
        "--allow-empty", is_flag=True, help="A graph without a driver, or a run that brings none up, is fine."
    )
    @wraps(function)
    def wrapper(
        *, graphs: tuple[str, ...], assume: tuple[tuple[str, bool], ...], allow_empty: bool, **rest: Any
    ) -> None:
        function(wanted=Wanted(graphs, facts_of(assume), allow_empty, graphs), **rest)

    return wrapper


def format_option(*names: str) -> Callable[[Command], Command]:
    """Add ``--format``; names that plugins bring are known only when the command runs."""
    return click.option(
        "--format",
        "format_name",
        default=names[0],
        show_default=True,
        metavar="NAME",
        shell_complete=format_names,
        help=f"How to show it: {', '.join(names)}, or what a plugin adds.",
    )


def facts_of(assume: tuple[tuple[str, bool], ...]) -> Mapping[str, bool]:
    """Return what ``--assume`` says; the last word on a fact wins."""
    return dict(assume)
