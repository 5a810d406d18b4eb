"""The commands of other distributions: listed without importing them, imported when one is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.entry_points import entry_points
from tierdeps.errors import PluginError, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from tierdeps._util.entry_points import EntryPoint

GROUP = "tierdeps.commands"


def command_entry_points(path: Iterable[str] | None = None) -> dict[str, str]:
    """Return the names of the commands, each with the distribution that provides it, or all that do."""
    return {name: " and ".join(point.distribution for point in points) for name, points in _commands(path).items()}


def load_command(name: str, path: Iterable[str] | None = None) -> click.Command:
    """Import one command. Raises PluginError if that fails, or if several distributions provide it."""
    import click

    from tierdeps.manager.fault import Fault, import_reference

    commands = _commands(path)
    if name not in commands:
        raise UnknownNameError("command", name, commands)
    first, *others = commands[name]
    if others:
        packages = " and ".join(f"{point.distribution} {point.version}".strip() for point in (first, *others))
        raise PluginError(f"the command {name!r} is provided by {packages}; uninstall all but one of them")
    package = f"{first.distribution} {first.version}".strip()
    try:
        command = import_reference(first.reference)
    except Fault as fault:
        raise PluginError(f"the command {name!r} of {package} {fault.problem}") from fault
    if not isinstance(command, click.Command):
        raise PluginError(f"the command {name!r} of {package} is {first.reference}, which is not a click command")
    return command


def _commands(path: Iterable[str] | None) -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(GROUP, path):
        found.setdefault(point.name, []).append(point)
    return found
