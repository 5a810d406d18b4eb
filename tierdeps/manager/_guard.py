"""What plugins add is called as a stranger's: an exception in it is told as theirs, not as a bug of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tierdeps._util.frozen import replace
from tierdeps.errors import PluginError, TierdepsError
from tierdeps.manager.fault import sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.manager._families import Family
    from tierdeps.model import Plugin


def guard(member: Any, family: Family, plugin: Plugin) -> Any:
    """Return a member of a family with its functions guarded; engines and reporters are guarded where they run."""
    what = f"the {family.kind.lower()} {family.identify(member)!r} of the plugin {plugin.name!r} of {plugin.package}"
    functions = ((name, getattr(member, name)) for name in family.calls)
    calls = {name: _guarded(function, what, plugin.name) for name, function in functions if function is not None}
    return replace(member, **calls) if calls else member


def _guarded(function: Callable[..., Any], what: str, plugin: str) -> Callable[..., Any]:
    def call(*arguments: object) -> object:
        try:
            answer = function(*arguments)
            return tuple(answer) if isinstance(answer, Iterator) else answer
        except TierdepsError:
            raise
        except Exception as error:  # a stranger's code is run here
            raise PluginError(f"{what} fails: {sentence(error)}; to do without it: --block {plugin}") from error

    return call
