"""Checks of what hooks return: types, unique names, and the origin of each declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from tierdeps._util.frozen import Value, replace
from tierdeps.manager.fault import Fault
from tierdeps.model import Dependency, Driver, Tier

if TYPE_CHECKING:
    from tierdeps.manager._extension_points import ExtensionPoint
    from tierdeps.model import Origin, Plugin

T = TypeVar("T")


class Answer(Value):
    """What a hook of one plugin returned; built-in modules have no plugin."""

    hook: str
    value: object
    plugin: Plugin | None = None


def items(answer: Answer, kind: type[T]) -> tuple[T, ...]:
    """Return the items of an iterable answer. Raises Fault unless all are of the kind."""
    value: object = answer.value
    where = f"from {answer.hook}, where an iterable of {kind.__name__} is expected"
    if isinstance(value, kind):
        raise Fault(f"returns one {kind.__name__} {where}; put it in a tuple")
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes, Mapping)):
        raise Fault(f"returns {_kind_of(value)} {where}")
    found = []
    for item in value:
        if not isinstance(item, kind):
            raise Fault(f"returns, among others, {_kind_of(item)} {where}")
        found.append(item)
    return tuple(found)


def tiers(answer: Answer) -> tuple[Tier, ...]:
    """Return tiers, each with its origin."""
    return tuple(attach_origin_to_tier(tier, answer.plugin) for tier in items(answer, Tier))


def drivers(answer: Answer) -> tuple[Driver, ...]:
    """Return drivers, each with its origin. Raises Fault if a plugin declares one name twice."""
    first: dict[str, Driver] = {}
    for driver in items(answer, Driver):
        if driver.name in first:
            places = f"{_place(first[driver.name].origin)} and {_place(driver.origin)}"
            raise Fault(f"declares the driver {driver.name!r} twice, at {places}; names of drivers are unique")
        first[driver.name] = attach_origin_to_driver(driver, answer.plugin)
    return tuple(first.values())


def dependencies(answer: Answer) -> tuple[Dependency, ...]:
    """Return dependencies, each with its origin. None means none: the hook is called for each driver."""
    found = () if answer.value is None else items(answer, Dependency)
    return tuple(attach_origin_to_dependency(item, answer.plugin) for item in found)


def facts(answer: Answer) -> dict[str, bool]:
    """Return facts by name. Raises Fault for anything but a mapping of names to True or False."""
    value: object = answer.value
    if not isinstance(value, Mapping):
        expected = "where a mapping of fact names to True or False is expected"
        raise Fault(f"returns {_kind_of(value)} from {answer.hook}, {expected}")
    for name, holds in value.items():
        if not isinstance(name, str) or not isinstance(holds, bool):
            raise Fault(f"states the fact {name!r} to be {holds!r} in {answer.hook}, where True or False is expected")
    return dict(value)


def members(point: ExtensionPoint, answer: Answer) -> tuple[tuple[str, object], ...]:
    """Return the members of an extension point, each with its name."""
    found: tuple[object, ...] = items(answer, point.type)
    return tuple((point.identify(member), member) for member in found)


def _kind_of(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"


def _place(origin: Origin) -> str:
    return f"{origin.file}:{origin.line}" if origin.line else str(origin)


def attach_origin_to_tier(tier: Tier, plugin: Plugin | None) -> Tier:
    """Return the tier with the plugin's distribution in its origin."""
    return replace(tier, origin=_attach_origin(tier.origin, plugin))


def attach_origin_to_driver(driver: Driver, plugin: Plugin | None) -> Driver:
    """Return the driver with the plugin's distribution in its origin and in those of its dependencies."""
    dependencies = tuple(attach_origin_to_dependency(item, plugin) for item in driver.dependencies)
    return replace(driver, dependencies=dependencies, origin=_attach_origin(driver.origin, plugin))


def attach_origin_to_dependency(dependency: Dependency, plugin: Plugin | None) -> Dependency:
    """Return the dependency with the plugin's distribution in its origin."""
    return replace(dependency, origin=_attach_origin(dependency.origin, plugin))


def _attach_origin(origin: Origin, plugin: Plugin | None) -> Origin:
    if origin.distribution or plugin is None:
        return origin
    return replace(origin, distribution=plugin.distribution, version=plugin.version)
