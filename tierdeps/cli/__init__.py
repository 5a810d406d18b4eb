"""The command line: the only place that opens files, prints and exits."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import get_data, iter_modules
from typing import TYPE_CHECKING, cast

import click

from tierdeps import __version__
from tierdeps.collector import collect_rarely
from tierdeps.errors import TierdepsError, suggestion
from tierdeps.words.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Exit codes that no error of ours carries.
BUG, INTERRUPTED = 70, 130


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
    collect_rarely()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who called us
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115  it lives as long as we do
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = main.main(arguments, prog_name="tierdeps", standalone_mode=False)
    except click.ClickException as error:
        _say(f"error: {error.format_message()}")
        if isinstance(error, click.UsageError) and error.ctx is not None:
            _say(f"try: {error.ctx.command_path} --help")
        return 2
    except TierdepsError as error:
        _say(f"error: {error}")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        sys.stdout = None  # nobody reads it any more, and closing it would complain
        return 0
    except Exception:  # noqa: BLE001  whatever comes here is ours to mend
        return _bug()
    return result if isinstance(result, int) else 0


def _say(text: str) -> None:
    click.echo("\n".join(printable(line) for line in text.splitlines()), err=True)


def _bug() -> int:
    import traceback

    click.echo(traceback.format_exc(), err=True, nl=False)
    _say("error: this is a bug of tierdeps; please report it with the lines above")
    return BUG
