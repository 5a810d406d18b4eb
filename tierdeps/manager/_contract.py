"""Checks of a plugin against the contract of hooks, without calling it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from tierdeps import hookspecs
from tierdeps._util.suggest import suggestion
from tierdeps.manager.fault import Fault
from tierdeps.model import PluginStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pluggy

#: Each hook with the names of its arguments.
CONTRACT = {
    name: tuple(inspect.signature(value).parameters)
    for name, value in vars(hookspecs).items()
    if name.startswith("tierdeps_")
}


def admit(hooks: pluggy.PluginManager, plugin: object, name: str) -> tuple[str, ...]:
    """Register a plugin and return the hooks that it implements. Raises Fault with everything that is wrong."""
    _check_version(plugin)
    other = hooks.get_name(plugin)
    if other is not None:
        raise Fault(f"is already loaded as {other}; remove one of the entry points")
    problems = [problem for attribute in dir(plugin) for problem in _check(hooks, plugin, attribute)]
    if problems:
        raise Fault("; it also ".join(problems).replace("?;", "?"))
    hooks.register(plugin, name)
    return tuple(sorted({caller.name for caller in hooks.get_hookcallers(plugin) or ()}))


def _check_version(plugin: object) -> None:
    """Raise Fault if the plugin was written for another version of the contract."""
    wanted = getattr(plugin, "tierdeps_api", None)
    if wanted is None:
        return
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        fits = SpecifierSet(wanted if isinstance(wanted, str) else "none").contains(hookspecs.API_VERSION)
    except InvalidSpecifier:
        raise Fault(f"has tierdeps_api = {wanted!r}, which is not a version range such as '>=1,<2'") from None
    if not fits:
        problem = f"needs version {wanted} of the plugin contract, and this tierdeps has {hookspecs.API_VERSION}"
        raise Fault(f"{problem}; install versions that are compatible", status=PluginStatus.INCOMPATIBLE)


def _check(hooks: pluggy.PluginManager, plugin: object, attribute: str) -> Iterator[str]:
    """Yield what is wrong with one attribute, if it is a hook."""
    options = hooks.parse_hookimpl_opts(plugin, attribute)
    if options is None:
        if inspect.ismodule(plugin) and attribute in CONTRACT and inspect.isfunction(getattr(plugin, attribute)):
            yield f"has {attribute} without @tierdeps.hookimpl above it, so it would never be called"
        return
    hook = options.get("specname") or attribute
    function = getattr(plugin, attribute)
    if hook not in CONTRACT:
        if not options.get("optionalhook"):
            offer = suggestion(hook, CONTRACT) or f"; the hooks are {_enumerate(CONTRACT)}"
            yield f"implements {hook}, which is not a hook{offer}"
    elif options.get("wrapper") or options.get("hookwrapper"):
        yield f"implements {hook} as a wrapper, which is not supported: the hook of each plugin is called separately"
    elif inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        yield f"implements {hook} with 'async def', which is not supported: hooks are plain functions"
    else:
        yield from _check_arguments(hook, function)


def _check_arguments(hook: str, function: Callable[..., object]) -> Iterator[str]:
    known = CONTRACT[hook]
    for name, parameter in inspect.signature(function).parameters.items():
        optional = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if optional or (parameter.default is not parameter.empty and name not in known):
            continue
        if name not in known:
            offer = suggestion(name, known) or f"; it may take {_enumerate(known)}"
            yield f"takes the argument {name!r} in {hook}, which that hook does not receive{offer}"
        elif parameter.kind is parameter.POSITIONAL_ONLY:
            yield f"takes the argument {name!r} in {hook} as positional-only, but hooks are called with keywords"


def _enumerate(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
