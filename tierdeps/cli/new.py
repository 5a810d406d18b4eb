"""Create a plugin: a distribution that passes its own tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tierdeps._util.text import printable
from tierdeps.cli._help import Command
from tierdeps.cli._options import session_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.answer import ANSWER
from tierdeps.errors import InputError

if TYPE_CHECKING:
    from tierdeps.scaffold import PluginTemplate


@click.command(
    "new",
    cls=Command,
    examples=(
        ("tierdeps new acme-clock", "Create the folder acme-clock with a plugin in it."),
        ("tierdeps new acme-clock --driver clock --tier core", "Name the driver and its tier."),
    ),
)
@click.argument("name")
@click.option("--driver", metavar="NAME", help="Name of the driver; default: NAME.")
@click.option("--tier", metavar="NAME", help="Tier of the driver; default: none.")
@click.option("--author", metavar="NAME", help="Author of the distribution.")
@click.option("--directory", metavar="DIR", help="Folder to create; default: NAME.")
@session_options
def command(
    session: Session, name: str, driver: str | None, tier: str | None, author: str | None, directory: str | None
) -> None:
    """Create a plugin: a distribution that passes its own tests."""
    from tierdeps.scaffold import PluginTemplate

    PluginTemplate(name, name)  # refuses an impossible name before the questions
    template = PluginTemplate(
        name,
        _ask("The driver's name", driver, name),
        _ask("Its tier (empty for none)", tier, ""),
        _ask("Its author", author, ""),
    )
    folder = Path(directory or name)
    _write(folder, template)
    session.info(f"created {folder}; to try it:")
    session.info(f"  python -m pip install -e '{folder}[test]' && python -m pytest {folder} && tierdeps order")


def _ask(question: str, given: str | None, default: str) -> str:
    """Ask for an option that was not given, on a terminal; elsewhere return the default."""
    if given is not None:
        return given
    if not sys.stdin.isatty():
        return default
    return str(click.prompt(question, default=default, show_default=bool(default), err=True))


def _write(folder: Path, template: PluginTemplate) -> None:
    from tierdeps.scaffold import render

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(str(folder), "already exists and is not overwritten; choose another --directory")
    try:
        for path, text in render(template):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            ANSWER.echo(printable(str(target)))
    except OSError as error:
        raise InputError(str(folder), f"cannot be written: {error.strerror}") from None
    except ValueError as error:  # a NUL or half a character, which no path may have
        raise InputError(repr(str(folder)), f"not the name of a folder: {error}") from None
