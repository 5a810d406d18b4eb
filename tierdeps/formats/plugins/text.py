"""The installed plugins as text: a table, and below it what is wrong with those that are not active."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.model import PluginStatus
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.model import Plugin

COLUMNS = ("NAME", "DISTRIBUTION", "VERSION", "STATUS", "TIERS", "HOOKS", "DRIVERS")
_COLORS = {PluginStatus.ACTIVE: "green", PluginStatus.BLOCKED: None}


def render(plugins: Sequence[Plugin], view: View) -> Iterator[str]:
    """Yield the table's lines; how long each took to import is no part of the answer unless it is asked for."""
    statuses = Counter(plugin.status for plugin in plugins)
    parts = [f"{statuses[status]} {status}" for status in PluginStatus if statuses[status]]
    yield counted(len(plugins), "plugin") + (f": {', '.join(parts)}" if parts else "")
    if not plugins:
        return
    yield ""
    yield from _table(plugins, view)
    for _, group in groupby(plugins, key=lambda plugin: (plugin.name, plugin.problem)):
        plugin = next(group)  # duplicates have one problem, and it names them all
        if plugin.problem and plugin.status is not PluginStatus.BLOCKED:
            yield ""
            yield from _problem(plugin)


def _table(plugins: Sequence[Plugin], view: View) -> Iterator[str]:
    columns = (*COLUMNS[:4], "IMPORT", *COLUMNS[4:]) if view.verbose else COLUMNS
    rows = [columns, *(_row(plugin, view) for plugin in plugins)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for index, row in enumerate(rows):
        cells = [f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)]
        if index and view.color:
            cells[3] = _colored(cells[3], plugins[index - 1].status)
        yield "  ".join(cells).rstrip()


def _row(plugin: Plugin, view: View) -> tuple[str, ...]:
    taken = (f"{plugin.seconds * 1000:.0f} ms" if plugin.seconds else "-",) if view.verbose else ()
    hooks = tuple(hook.removeprefix("tierdeps_") for hook in plugin.hooks)
    lists = (plugin.tiers, hooks, plugin.drivers)
    cells = (plugin.name, plugin.distribution, plugin.version, plugin.status, *taken, *map(", ".join, lists))
    return tuple(printable(cell) or "-" for cell in cells)


def _problem(plugin: Plugin) -> Iterator[str]:
    package = "" if plugin.status is PluginStatus.DUPLICATE else f" ({plugin.package})"
    yield printable(f"{plugin.name}{package} {plugin.problem}")
    if plugin.status is PluginStatus.BROKEN:
        whole = f"re-run with --traceback {plugin.name}, or " if plugin.traceback else "mend it, or "
        yield printable(f"  {whole}--block {plugin.name}")


def _colored(text: str, status: PluginStatus) -> str:
    import click

    return click.style(text, fg=_COLORS.get(status, "red"))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("plugins", "text", render),)
