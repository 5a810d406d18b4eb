"""What hooks return, checked: the type, and what one plugin may not say twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from tierdeps._util.frozen import Value
from tierdeps.manager._stamp import stamp_dependency, stamp_driver, stamp_tier
from tierdeps.manager.fault import Fault
from tierdeps.model import Dependency, Driver, Tier

if TYPE_CHECKING:
    from tierdeps.manager._families import Family
    from tierdeps.model import Origin, Plugin

T = TypeVar("T")


class Answer(Value):
    """What a hook returned, and whose it is; what is in the house is nobody's plugin."""

    hook: str
    value: object
    plugin: Plugin | None = None


def items(answer: Answer, kind: type[T]) -> tuple[T, ...]:
    """Return several things of one kind; raise a Fault where the answer is something else."""
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
    """Return tiers."""
    return tuple(stamp_tier(tier, answer.plugin) for tier in items(answer, Tier))


def drivers(answer: Answer) -> tuple[Driver, ...]:
    """Return drivers; a plugin that declares one name twice raises a Fault."""
    first: dict[str, Driver] = {}
    for driver in items(answer, Driver):
        if driver.name in first:
            places = f"{_place(first[driver.name].origin)} and {_place(driver.origin)}"
            raise Fault(f"declares the driver {driver.name!r} twice, at {places}; names of drivers are unique")
        first[driver.name] = stamp_driver(driver, answer.plugin)
    return tuple(first.values())


def dependencies(answer: Answer) -> tuple[Dependency, ...]:
    """Return dependencies; None is fine, since the hook is called for each driver and most are none of its business."""
    found = () if answer.value is None else items(answer, Dependency)
    return tuple(stamp_dependency(item, answer.plugin) for item in found)


def facts(answer: Answer) -> dict[str, bool]:
    """Return facts."""
    value: object = answer.value
    if not isinstance(value, Mapping):
        expected = "where a mapping of fact names to True or False is expected"
        raise Fault(f"returns {_kind_of(value)} from {answer.hook}, {expected}")
    for name, holds in value.items():
        if not isinstance(name, str) or not isinstance(holds, bool):
            raise Fault(f"states the fact {name!r} to be {holds!r} in {answer.hook}, where True or False is expected")
    return dict(value)


def members(answer: Answer, family: Family) -> tuple[tuple[str, object], ...]:
    """Return members of a family, each with what no other may be called."""
    found: tuple[object, ...] = items(answer, family.type)
    return tuple((family.identify(member), member) for member in found)


def _kind_of(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"


def _place(origin: Origin) -> str:
    return f"{origin.file}:{origin.line}" if origin.line else str(origin)
