"""The installed plugins and their state: ``tierdeps plugins``."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from tierdeps._util.text import printable
from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.model import PluginStatus
from tierdeps.words.documents import lines
from tierdeps.words.layout import Hanging, table
from tierdeps.words.sentences import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.model import Plugin
    from tierdeps.words.documents import Json


COLUMNS = ("NAME", "DISTRIBUTION", "VERSION", "STATUS")
_KINDS = {PluginStatus.ACTIVE: "good", PluginStatus.BLOCKED: "dim"}


def render_text(plugins: Sequence[Plugin], view: View) -> Iterator[str]:
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
    """Yield a row for each plugin, and what it adds below it: that is too much for a row."""
    palette = view.palette
    header = [palette("title", title) for title in (*COLUMNS, *(("IMPORT",) if view.verbose else ()))]
    rows = [header, *(_row(plugin, view) for plugin in plugins)]
    for row, plugin in zip(table(rows), (None, *plugins), strict=True):
        yield row
        for title, names in _added(plugin) if plugin else ():
            label = f"    {title:9}"
            yield Hanging.at(len(label), f"{palette('dim', label)}{', '.join(map(printable, names))}")


def _row(plugin: Plugin, view: View) -> list[str]:
    taken = (f"{plugin.seconds * 1000:.0f} ms" if plugin.seconds else "-",) if view.verbose else ()
    cells = [printable(cell) or "-" for cell in (plugin.name, plugin.distribution, plugin.version)]
    status = view.palette(_KINDS.get(plugin.status, "bad"), str(plugin.status))
    return [view.palette("title", cells[0]), *cells[1:], status, *taken]


def _added(plugin: Plugin) -> Iterator[tuple[str, Sequence[str]]]:
    hooks = tuple(hook.removeprefix("tierdeps_") for hook in plugin.hooks)
    for title, names in (("hooks", hooks), ("tiers", plugin.tiers), ("drivers", plugin.drivers)):
        if names:
            yield title, names


def _problem(plugin: Plugin) -> Iterator[str]:
    package = "" if plugin.status is PluginStatus.DUPLICATE else f" ({plugin.package})"
    yield printable(f"{plugin.name}{package} {plugin.problem}")
    if plugin.status is PluginStatus.BROKEN:
        whole = f"re-run with --traceback {plugin.name}, or " if plugin.traceback else "fix it, or "
        yield printable(f"  {whole}--block {plugin.name}")


def document(plugins: Sequence[Plugin], *, seconds: bool = False) -> Json:
    """Return the whole document; ``seconds``, which differ from run to run, only where they are asked for."""
    return {"schema": "tierdeps/plugins/1", "plugins": [_plugin(plugin, seconds=seconds) for plugin in plugins]}


def _plugin(plugin: Plugin, *, seconds: bool) -> Json:
    found: dict[str, Json] = {
        "name": plugin.name,
        "distribution": plugin.distribution,
        "version": plugin.version,
        "reference": plugin.reference,
        "status": str(plugin.status),
        "problem": plugin.problem or None,
        "tiers": list(plugin.tiers),
        "drivers": list(plugin.drivers),
        "hooks": list(plugin.hooks),
    }
    return {**found, "seconds": round(plugin.seconds, 6)} if seconds else found


def render_json(plugins: Sequence[Plugin], view: View) -> Iterator[str]:
    """Yield the lines of the document."""
    return lines(document(plugins, seconds=view.verbose))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Return the formats of this document."""
    return (Format("plugins", "json", render_json), Format("plugins", "text", render_text, prose=True))
