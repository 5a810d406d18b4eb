"""Options that commands share, and the command lines that messages offer."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tierdeps._util.seconds import is_seconds, range_text
from tierdeps.cli._completion import facts, file_names, format_names, plugin_names
from tierdeps.cli._session import GraphRequest, Session
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.terminal import COLORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Command = Callable[..., Any]

YES, NO = {"yes", "true", "on", "1"}, {"no", "false", "off", "0"}


def fact(text: str) -> tuple[str, bool]:
    """Parse ``NAME=yes`` or ``NAME=no``."""
    name, equals, answer = text.rpartition("=")
    if not equals or not name or answer.lower() not in YES | NO:
        raise click.BadParameter(f"{text!r} is not NAME=yes or NAME=no")
    return name, answer.lower() in YES


def session_options(function: Command) -> Command:
    """Add the options of every command, and pass them on as one ``session``."""

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
    @click.option(
        "--no-pager", is_flag=True, help="Print long answers without a pager (TIERDEPS_PAGER, PAGER, else less)."
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
        no_pager: bool,
        uri: str | None = None,
        everything: bool = False,
        **rest: Any,
    ) -> None:
        session = Session(
            verbose,
            quiet,
            config,
            split_names(only),
            split_names(block),
            strict,
            color,
            uri,
            not no_pager,
            everything=everything,
        )
        with ANSWER.kept_aside(), session:
            if isinstance(graph_request := rest.get("graph_request"), GraphRequest):
                rest["graph_request"] = session.resolve(graph_request)
            function(session=session, **rest)

    return wrapper


def split_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Split names at commas and spaces, which separate them in environment variables and in one option."""
    return tuple(part for name in names for part in name.replace(",", " ").split())


assume_option = click.option(
    "--assume",
    multiple=True,
    type=fact,
    metavar="FACT=yes|no",
    shell_complete=facts,
    help="Take a fact to hold, or not to, whatever the host says.",
)


#: For commands that ask drivers or the host; ``session_options`` consumes it.
uri_option = click.option(
    "--uri", metavar="URI", help="The connection that drivers use: uri in [defaults] of the settings."
)


def graph_options(function: Command) -> Command:
    """Add the GRAPHs and the assumed facts, and pass them on as one ``graph_request``."""

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
        function(graph_request=GraphRequest(graphs, facts_of(assume), allow_empty, graphs), **rest)

    return wrapper


def format_option(*names: str) -> Callable[[Command], Command]:
    """Add ``--format``; the formats of plugins are known only when the command runs."""
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
    """Return the facts that ``--assume`` states; the last statement of a fact wins."""
    return dict(assume)


#: For ``start`` and ``stop``, which print events.
events_option = click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json: an event a line, the report last.",
)


class _Seconds(click.ParamType):  # type: ignore[type-arg]  # of which click 8.2 has none
    """A number of seconds that a timer can count; click's own range accepts ``nan``."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; anything else fails with the range that is accepted."""
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not is_seconds(number):
            self.fail(f"expected {range_text()}, got {value}", param, ctx)
        return number


SECONDS = _Seconds()


def command_line(session: Session, command: str, graphs: Iterable[str] = (), *more: str) -> str:
    """Return a command on the same graphs, settings and plugins, quoted for a shell."""
    from shlex import join

    options = [f"--config={session.config}"] if session.config else []
    for name, values in (("only", session.only), ("block", session.block)):
        options += [f"--{name}={value}" for value in values] if _is_typed(name) else []
    return join(("tierdeps", command, *graphs, *options, *more))


def _is_typed(name: str) -> bool:
    """Return whether an option is on the command line: the environment holds for the next command anyway."""
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(name) is ParameterSource.COMMANDLINE
