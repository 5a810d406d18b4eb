"""Dependency-ordered, tiered start-up of a program's drivers, proved before it runs.

What a plugin author imports. Each name is loaded on first use, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps.errors import (
        CycleError,
        DeadlineExceeded,
        DeclarationError,
        GraphError,
        InputError,
        LifecycleError,
        PluginError,
        RunError,
        TierdepsError,
        UndeclaredDependency,
        UnknownNameError,
    )
    from tierdeps.executor import Executor
    from tierdeps.graph import DependencyGraph
    from tierdeps.hookspecs import hookimpl
    from tierdeps.lifecycle import Context, Lifecycle
    from tierdeps.model import Driver, Plan, Tier, after, before, conflicts, requires, wants

__version__ = "0.1.0"

_HOMES = {
    "tierdeps.errors": (
        "CycleError",
        "DeadlineExceeded",
        "DeclarationError",
        "GraphError",
        "InputError",
        "LifecycleError",
        "PluginError",
        "RunError",
        "TierdepsError",
        "UndeclaredDependency",
        "UnknownNameError",
    ),
    "tierdeps.executor": ("Executor",),
    "tierdeps.graph": ("DependencyGraph",),
    "tierdeps.hookspecs": ("hookimpl",),
    "tierdeps.lifecycle": ("Context", "Lifecycle"),
    "tierdeps.model": ("Driver", "Plan", "Tier", "after", "before", "conflicts", "requires", "wants"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Context",
    "CycleError",
    "DeadlineExceeded",
    "DeclarationError",
    "DependencyGraph",
    "Driver",
    "Executor",
    "GraphError",
    "InputError",
    "Lifecycle",
    "LifecycleError",
    "Plan",
    "PluginError",
    "RunError",
    "Tier",
    "TierdepsError",
    "UndeclaredDependency",
    "UnknownNameError",
    "after",
    "before",
    "conflicts",
    "hookimpl",
    "requires",
    "wants",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
