"""Options that commands share, and the command lines that messages offer."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tierdeps._util.seconds import is_seconds, range_text
from tierdeps.cli._common_options import with_common_options
from tierdeps.cli._completion import facts, file_names, format_names
from tierdeps.cli._graph_request import GraphRequest
from tierdeps.cli._reading import reading_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.terminal import Choice

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


#: The options that are fields of the session under the same name; not every command has the last four.
SESSION_FIELDS = frozenset({"verbose", "quiet", "config", "strict", "color", "uri", "all_drivers", "importer", "root"})


def session_options(function: Command) -> Command:
    """Add the options of every command, and pass them on as one ``session``."""

    @wraps(function)
    def wrapper(*, only: tuple[str, ...], block: tuple[str, ...], no_pager: bool, **rest: Any) -> None:
        fields = {name: rest.pop(name) for name in SESSION_FIELDS & rest.keys()}
        session = Session(only=split_names(only), block=split_names(block), pager=not no_pager, **fields)
        Choice.color = session.color
        with ANSWER.kept_aside(), session:
            if isinstance(graph_request := rest.get("graph_request"), GraphRequest):
                rest["graph_request"] = session.resolve(graph_request)
            function(session=session, **rest)

    return with_common_options(wrapper)


def split_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Split names at commas and spaces, which separate them in environment variables and in one option."""
    return tuple(part for name in names for part in name.replace(",", " ").split())


assume_option = click.option(
    "--assume",
    multiple=True,
    type=fact,
    metavar="FACT=yes|no",
    shell_complete=facts,
    help="Set a fact to yes or no, overriding the host; may be repeated.",
)


#: For commands that ask drivers or the host; ``session_options`` consumes it.
uri_option = click.option(
    "--uri", metavar="URI", help="Connection URI for drivers; overrides uri in [defaults] of the settings."
)


def graph_options(function: Command) -> Command:
    """Add the GRAPHs and the assumed facts, and pass them on as one ``graph_request``."""

    @click.argument("graphs", nargs=-1, metavar="[GRAPH]...", shell_complete=file_names)
    @assume_option
    @uri_option
    @reading_options
    @click.option("--allow-empty", is_flag=True, help="Accept a graph without drivers, and a run that starts none.")
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
        help=f"Output format: {', '.join(names)}, or one that a plugin adds.",
    )


def facts_of(assume: tuple[tuple[str, bool], ...]) -> Mapping[str, bool]:
    """Return the facts that ``--assume`` states; the last statement of a fact wins."""
    return dict(assume)


def json_option(text: str) -> Callable[[Command], Command]:
    """Return ``--format`` for an answer of tierdeps itself, which plugins add no formats to; ``text`` is its help."""
    choice = click.Choice(["text", "json"])
    return click.option("--format", "format_name", type=choice, default="text", show_default=True, help=text)


#: For ``start`` and ``stop``, which print events.
events_option = json_option("Output format; json prints one event per line, then the report.")
#: The graphs that an instance was started from.
instance_argument = click.argument("graphs", nargs=-1, metavar="[GRAPH]...", shell_complete=file_names)


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
    reading = (("from", session.importer), ("root", session.root))
    options += [f"--{name}={value}" for name, value in reading if value is not None]
    for name, values in (("only", session.only), ("block", session.block)):
        options += [f"--{name}={value}" for value in values] if _is_typed(name) else []
    return join(("tierdeps", command, *graphs, *options, *more))


def _is_typed(name: str) -> bool:
    """Return whether an option is on the command line: the environment holds for the next command anyway."""
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def run_option(noun: str) -> Callable[[Command], Command]:
    """Return ``--run``, which counts the runs of an instance backwards."""
    return click.option(
        "--run",
        "number",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        metavar="N",
        help=f"Show the N-th last {noun}: 2 is the one before the last.",
    )


#: How long ``reload`` and ``stop`` wait for the instance.
deadline_option = click.option(
    "--deadline", type=SECONDS, default=1800, show_default=True, metavar="S", help="Maximum time to wait, in seconds."
)
