"""Calls into rules, importers and formats of plugins: an exception is reported as the plugin's, not as a bug here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import replace
from tierdeps.errors import PluginError, TierdepsError
from tierdeps.manager.fault import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.manager._extension_points import ExtensionPoint
    from tierdeps.model import Plugin


def guard(member: Any, point: ExtensionPoint, plugin: Plugin) -> Any:
    """Return a member whose functions raise PluginError for any exception of the plugin.

    Engines and reporters are guarded where they run.
    """
    what = f"the {point.kind.lower()} {point.identify(member)!r} of the plugin {plugin.name!r} of {plugin.package}"
    functions = ((name, getattr(member, name)) for name in point.calls)
    calls = {name: _guarded(function, what, plugin.name) for name, function in functions if function is not None}
    return replace(member, **calls) if calls else member


def _guarded(function: Callable[..., Any], what: str, plugin: str) -> Callable[..., Any]:
    def call(*arguments: object) -> object:
        try:
            answer = function(*arguments)
            return tuple(answer) if isinstance(answer, Iterator) else answer
        except TierdepsError:
            raise
        except Exception as error:  # plugin code runs here
            raise PluginError(f"{what} fails: {sentence(error)}; to run without it: --block {plugin}") from error

    return call
