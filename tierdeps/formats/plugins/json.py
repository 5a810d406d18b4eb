"""The installed plugins as JSON: ``tierdeps/plugins/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps.formats import Format, View
from tierdeps.hooks import hookimpl
from tierdeps.words.documents import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tierdeps.model import Plugin
    from tierdeps.words.documents import Json


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


def render(plugins: Sequence[Plugin], view: View) -> Iterator[str]:
    """Yield its lines."""
    return lines(document(plugins, seconds=view.verbose))


@hookimpl
def tierdeps_formats() -> tuple[Format, ...]:
    """Offer it."""
    return (Format("plugins", "json", render),)
