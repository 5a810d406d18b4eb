"""The command line: the only place that opens files, prints and exits."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from pkgutil import get_data, iter_modules
from typing import TYPE_CHECKING, cast

import click

from tierdeps import __version__
from tierdeps._util import interrupts
from tierdeps._util.gc import collect_less_often
from tierdeps._util.interrupts import INTERRUPTED
from tierdeps._util.suggest import suggestion
from tierdeps._util.text import without_commands
from tierdeps.cli._answer import unwritable_text
from tierdeps.cli._streams import STREAMS, UNWRITTEN, fill_streams, say
from tierdeps.errors import TierdepsError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The exit code of an error that is nobody's but ours.
BUG = 70


class Commands(click.Group):
    """The commands: a file of this package each, and those of other distributions, not imported until one is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands."""
        return sorted({*_own_commands(), *_foreign_commands()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name in _own_commands():
            return cast("click.Command", import_module(f"{__name__}.{cmd_name}").command)
        if cmd_name in _foreign_commands():
            from tierdeps.cli._foreign import load_command

            return load_command(cmd_name)
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a misspelt one is told its nearest neighbour."""
        name = args[0]
        known = name.startswith("-") or name in _own_commands()  # asked first, for others have to be looked for
        if not known and name not in self.list_commands(ctx):
            raise click.UsageError(f"no such command {name!r}{suggestion(name, self.list_commands(ctx))}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with a line each; of other distributions' only who brings them."""
        rows = [(name, f"(from {distribution})") for name, distribution in _foreign_commands().items()]
        rows += [(name, _summary(name)) for name in _own_commands()]
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows))


@cache
def _own_commands() -> tuple[str, ...]:
    return tuple(module.name for module in iter_modules(__path__) if not module.name.startswith("_"))


def _summary(name: str) -> str:
    """Read what a command does from the first line of its file, which costs less than to import it."""
    source = get_data(__name__, f"{name}.py") or b""
    return source.decode().partition("\n")[0].strip('".')


def _foreign_commands() -> dict[str, str]:
    """Name the commands that other distributions bring, each with its distribution."""
    from tierdeps.cli._foreign import command_entry_points

    return {name: owner for name, owner in command_entry_points().items() if name not in _own_commands()}


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Start a program's drivers in the order of what they need, tier by tier; proved before it runs.

    GRAPH is a graph file, a folder that an importer recognises, or - for the standard input; without one, the
    graphs of the settings are taken, or else the installed plugins are asked.
    """


def run(arguments: Sequence[str] | None = None) -> None:
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
    """Run the command line; return the exit code. An answer that nobody reads any more is no error."""
    before = sys.stdout, sys.stderr
    try:
        return _called(arguments)
    except SystemExit:
        if (sys.stdout, sys.stderr) == before:
            raise
        sys.stdout, sys.stderr = before  # click wraps both and exits where nobody reads the answer any more
        return 0
    except OSError as error:
        if not _is_of_output(error):
            return _failed_because_of(error)
        say(f"error: {unwritable_text(error)}")
        return UNWRITTEN
    except MemoryError as error:
        return _failed_because_of(error)
    except Exception:  # noqa: BLE001  whatever comes here is a bug of tierdeps
        return _bug()


def _called(arguments: Sequence[str] | None) -> int:
    try:
        result = main.main(arguments, prog_name="tierdeps", standalone_mode=False)
    except click.ClickException as error:
        say(f"error: {error.format_message()}")
        if isinstance(error, click.UsageError) and error.ctx is not None:
            say(f"try: {error.ctx.command_path} --help")
        return 2
    except TierdepsError as error:
        say(f"error: {error}")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _is_of_output(error: OSError) -> bool:
    """Return whether an error was raised by writing: of help, say, which click writes by itself."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code is not click.echo.__code__:
        trace = trace.tb_next
    return trace is not None


def _failed_because_of(error: OSError | MemoryError) -> int:
    """Say which fault of a name or of this machine ended a command, and return the exit code; else it is a bug."""
    from tierdeps.cli._machine import fault_of

    fault = fault_of(error)
    if fault is None:
        return _bug()
    say(f"error: {fault}")
    return fault.exit_code


def _bug() -> int:
    import traceback

    with suppress(OSError):
        click.echo(without_commands(traceback.format_exc()), err=True, nl=False)
    say("error: this is a bug of tierdeps; please report it with the lines above")
    return BUG
