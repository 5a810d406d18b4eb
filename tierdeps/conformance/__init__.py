"""The check whether a lifecycle class fits its driver, shared by rules, the executor and the testing kit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tierdeps.conformance.class_check import ClassCheck, Misfit
from tierdeps.lifecycle import Lifecycle, method_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Misfit", "misfits", "shared_methods"]

#: The results for each class: a graph may have thousands of drivers with the same class.
_found: WeakKeyDictionary[type, dict[tuple[tuple[str, ...], frozenset[str]], tuple[Misfit, ...]]] = WeakKeyDictionary()


def misfits(
    lifecycle: type[Lifecycle], phases: tuple[str, ...], shared: frozenset[str] = frozenset()
) -> tuple[Misfit, ...]:
    """Return the reasons why a class cannot be the lifecycle of a driver with these phases.

    ``shared`` are the names of methods that are phases of other drivers of the class.
    """
    known = _found.setdefault(lifecycle, {})
    key = (phases, shared)
    if key not in known:
        known[key] = tuple(ClassCheck(lifecycle, phases, shared).misfits())
    return known[key]


def shared_methods(lifecycle: type, phases_of: Mapping[type, Iterable[str]]) -> frozenset[str]:
    """Return the methods that drivers of this class, or of one derived from it, have as phases."""
    related = (phases for kind, phases in phases_of.items() if issubclass(kind, lifecycle))
    return frozenset(method_name(phase) for phases in related for phase in phases)
