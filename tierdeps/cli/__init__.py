"""The command line: the only place that opens files, prints and exits."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from pkgutil import get_data, iter_modules
from typing import TYPE_CHECKING, cast

import click

from tierdeps._util import interrupts
from tierdeps._util.gc import collect_less_often
from tierdeps._util.interrupts import INTERRUPTED
from tierdeps._util.suggest import suggestion
from tierdeps._util.version import VERSION
from tierdeps.cli._common_options import with_common_options
from tierdeps.cli._help import Context, common_options_last, write_commands, write_examples, write_options
from tierdeps.cli.output.answer import unwritable_text
from tierdeps.cli.output.streams import EXIT_UNWRITTEN, STREAMS, fill_streams, print_error
from tierdeps.cli.output.terminal import Choice
from tierdeps.errors import TierdepsError

if TYPE_CHECKING:
    from collections.abc import Sequence


#: Longer lines of help are hard to read.
MAX_WIDTH = 100


class Commands(click.Group):
    """The commands: one module of this package each, and those of other distributions; imported when one is run."""

    context_class: type[click.Context] = Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*_own_commands(), *_commands_of_plugins()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name in _own_commands():
            return cast("click.Command", import_module(f"{__name__}.{_module_name(cmd_name)}").command)
        if cmd_name in _commands_of_plugins():
            from tierdeps.cli._plugin_commands import load_command

            return load_command(cmd_name)
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command. Raises UsageError with the nearest name for a misspelt one."""
        name = args[0]
        known = name.startswith("-") or name in _own_commands()  # first: finding those of plugins reads all metadata
        if not known and name not in self.list_commands(ctx):
            raise click.UsageError(f"no such command {name!r}{suggestion(name, self.list_commands(ctx))}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an interrupt ends it silently: click would print an empty line, and wait for a reader."""
        try:
            return cast("object", super().invoke(ctx))
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse; the common options may stand before the command too. Without a command, the help is printed."""
        arguments = common_options_last(args, self.params)
        return super().parse_args(ctx, arguments if arguments or ctx.resilient_parsing else ["--help"])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands in groups, with a line each; for those of other distributions the line names these."""
        others = _commands_of_plugins()

        def summary(name: str) -> str:
            return f"(from {others[name]})" if name in others else _summary(name)

        write_commands(self.list_commands(ctx), summary, formatter)
        write_options(self.get_params(ctx), ctx, formatter)
        write_examples(EXAMPLES, formatter)


@cache
def _own_commands() -> tuple[str, ...]:
    """Return our own commands: the modules of this package; its packages and private modules are what they share."""
    return tuple(
        module.name.replace("_", "-")
        for module in iter_modules(__path__)
        if not module.ispkg and not module.name.startswith("_")
    )


def _module_name(command: str) -> str:
    return command.replace("-", "_")


def _summary(name: str) -> str:
    """Return the first line of a command's docstring, read from its file: importing it would cost more."""
    source = get_data(__name__, f"{_module_name(name)}.py") or b""
    return source.decode().partition("\n")[0].strip('".')


def _commands_of_plugins() -> dict[str, str]:
    """Return the commands of other distributions, each with its distribution."""
    from tierdeps.cli._plugin_commands import command_entry_points

    return {name: owner for name, owner in command_entry_points().items() if name not in _own_commands()}


EXAMPLES = (
    ("tierdeps check graph.toml", "Check a graph file for problems."),
    ("tierdeps order graph.toml", "Show the order in which it starts."),
    ("tierdeps start graph.toml", "Start it; Ctrl-C stops it again."),
    ("tierdeps COMMAND --help", "Show the options of a command, with examples."),
)


@click.command(
    cls=Commands,
    subcommand_metavar="COMMAND [GRAPH]...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": MAX_WIDTH},
)
@click.version_option(VERSION, message="%(prog)s %(version)s")
@with_common_options
def main(**_common: object) -> None:
    """Start the drivers of a program in the order of their dependencies, from a plan that is verified first.

    GRAPH is a graph file, a folder, or - for standard input. Without one, the graphs in the settings are used, or else
    the installed plugins.
    """


def run_cli(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    try:
        collect_less_often()
        fill_streams()
        interrupts.raise_on_signals()
        code = _run(arguments)
        interrupts.exit_on_signals()
    except KeyboardInterrupt:
        interrupts.exit_on_signals()
        code = INTERRUPTED
    STREAMS.end(code)


def _run(arguments: Sequence[str] | None) -> int:
    """Run the command line; return the exit code. A closed pipe is no error."""
    before = sys.stdout, sys.stderr
    Choice.color = "auto"
    try:
        return _call(arguments)
    except SystemExit:
        if (sys.stdout, sys.stderr) == before:
            raise
        sys.stdout, sys.stderr = before  # click wraps both and exits at a closed pipe
        return 0
    except OSError as error:
        if not _is_write_error(error):
            return _report_os_error(error)
        print_error(f"error: {unwritable_text(error)}")
        return EXIT_UNWRITTEN
    except MemoryError as error:
        return _report_os_error(error)
    except Exception as error:  # noqa: BLE001  every expected exception is handled above
        from tierdeps.cli._errors import report_bug

        return INTERRUPTED if interrupts.is_caused_by_interrupt(error) else report_bug(error)


def _call(arguments: Sequence[str] | None) -> int:
    try:
        result = main.main(arguments, prog_name="tierdeps", standalone_mode=False)
    except click.ClickException as error:
        print_error(f"error: {error.format_message()}")
        if isinstance(error, click.UsageError) and error.ctx is not None:
            print_error(f"try: {error.ctx.command_path} --help")
        return 2
    except TierdepsError as error:
        for sentence in error.sentences:
            print_error(f"error: {sentence}")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _is_write_error(error: OSError) -> bool:
    """Return whether click.echo raised it: click writes help by itself, without ANSWER."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code is not click.echo.__code__:
        trace = trace.tb_next
    return trace is not None


def _report_os_error(error: OSError | MemoryError) -> int:
    """Print an error of the operating system and return the exit code; an unexpected one is reported as a bug."""
    from tierdeps.cli._errors import as_user_error, report_bug

    user_error = as_user_error(error)
    if user_error is None:
        return report_bug(error)
    print_error(f"error: {user_error}")
    return user_error.exit_code
