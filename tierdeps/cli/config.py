"""Show the settings in force, and where each comes from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from tierdeps._util.frozen import replace
from tierdeps.cli._baseline import BaselineOptions, file_in_force
from tierdeps.cli._help import Command
from tierdeps.cli._options import json_option, session_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.answer import ANSWER
from tierdeps.cli.output.terminal import fitted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tierdeps.settings.in_force import Whence
    from tierdeps.settings.places import Places

#: The environment variables that options are read from.
VARIABLES = {"only": "TIERDEPS_ONLY", "block": "TIERDEPS_BLOCK"}


@click.command(
    "config",
    cls=Command,
    examples=(("tierdeps config", "Show every setting, its value and its source."),),
)
@json_option("Output format.")
@session_options
def command(session: Session, format_name: str) -> None:
    """Show the settings in force, and where each comes from.

    That is a file and its line, an option, an environment variable, or the default. No plugin is imported.
    """
    from tierdeps.formats.config import render_json, render_text
    from tierdeps.settings.in_force import DEFAULT, settings_in_force

    settings = session.settings
    places = _places(settings.source)
    overridden = dict(_overridden(session, places))
    if not settings.baseline and (file := file_in_force(session, BaselineOptions())):
        settings, overridden["baseline"] = replace(settings, baseline=file), DEFAULT
    found = settings_in_force(settings, places, overridden)
    as_json = format_name == "json"
    lines = render_json(found, session.view()) if as_json else fitted(render_text(found, session.view()), ANSWER.stream)
    session.show("".join(f"{line}\n" for line in lines))


def _places(source: str) -> Places:
    """Return the places in the settings' file; the lines of a stream, which was read already, are unknown."""
    from tierdeps.settings.file import places_in

    path = Path(source)
    return places_in(source, path.read_text(encoding="utf-8-sig") if source and path.is_file() else "")


def _overridden(session: Session, places: Places) -> Iterator[tuple[str, tuple[Whence, ...]]]:
    """Yield the settings that options or the environment state; blocked plugins are added to those of the file."""
    from tierdeps.settings.in_force import Whence

    given: Mapping[str, object] = {"only": session.only, "block": session.block, "strict": session.strict}
    context = click.get_current_context()
    for name in (name for name, value in given.items() if value):
        from_environment = context.get_parameter_source(name) is ParameterSource.ENVIRONMENT
        stated = Whence("environment", VARIABLES[name]) if from_environment else Whence("option", f"--{name}")
        in_file = name == "block" and len(session.settings.block) > len(session.block)
        yield name, (*((Whence("file", places.name, places.line((name,))),) if in_file else ()), stated)
