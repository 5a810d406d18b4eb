"""Whether a lifecycle fits its driver: one answer for rules, the executor and the testing kit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from tierdeps.conformance.look import Look, Misfit
from tierdeps.lifecycle import Lifecycle, method_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Misfit", "misfits", "shared_methods"]

#: What was found of each class: a graph may have thousands of drivers of one.
_found: WeakKeyDictionary[type, dict[tuple[tuple[str, ...], frozenset[str]], tuple[Misfit, ...]]] = WeakKeyDictionary()


def misfits(
    lifecycle: type[Lifecycle], phases: tuple[str, ...], shared: frozenset[str] = frozenset()
) -> tuple[Misfit, ...]:
    """Return what keeps a class from being the lifecycle of a driver with these phases.

    ``shared`` are the names of methods that are phases of other drivers of the class.
    """
    known = _found.setdefault(lifecycle, {})
    key = (phases, shared)
    if key not in known:
        known[key] = tuple(Look(lifecycle, phases, shared).misfits())
    return known[key]


def shared_methods(lifecycle: type, phases_of: Mapping[type, Iterable[str]]) -> frozenset[str]:
    """Return the methods that drivers of this class, or of one derived from it, have as phases."""
    related = (phases for kind, phases in phases_of.items() if issubclass(kind, lifecycle))
    return frozenset(method_name(phase) for phases in related for phase in phases)
