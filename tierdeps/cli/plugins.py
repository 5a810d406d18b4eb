"""List the installed plugins, their state and what they add."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tierdeps._util.text import printable
from tierdeps.cli._help import Command
from tierdeps.cli._options import format_option, session_options
from tierdeps.cli._session import Session
from tierdeps.cli.output.answer import ANSWER
from tierdeps.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.model import Plugin


@click.command(
    "plugins",
    cls=Command,
    examples=(
        ("tierdeps plugins", "List the installed plugins."),
        ("tierdeps plugins --traceback acme-clock", "Show why a plugin could not be loaded."),
    ),
)
@format_option("text", "json")
@click.option("--traceback", "whose", metavar="NAME", help="Show the full traceback of a plugin that failed.")
@session_options
def command(session: Session, format_name: str, whose: str | None) -> None:
    """List the installed plugins, their state and what they add.

    A plugin is active, blocked, broken, duplicate or incompatible. The modules of plugins are imported, but not the
    lifecycle classes of their drivers.
    """
    session.loaded.call_all_hooks()
    plugins = session.loaded.plugins
    session.mark_reported(plugins)
    if whose is not None:
        ANSWER.echo("\n".join(_tracebacks(plugins, whose)))
    else:
        session.print("plugins", format_name, plugins)


def _tracebacks(plugins: Sequence[Plugin], name: str) -> Iterator[str]:
    """Yield the tracebacks of the plugins with a name, or of a distribution."""
    chosen = [plugin for plugin in plugins if name in (plugin.name, plugin.distribution)]
    if not chosen:
        raise UnknownNameError("plugin", name, {known for item in plugins for known in (item.name, item.distribution)})
    for plugin in chosen:
        yield printable(f"{plugin.name} ({plugin.package}) {plugin.problem or f'is {plugin.status}'}")
        if plugin.traceback:
            yield ""
            yield from map(printable, plugin.traceback.splitlines())
