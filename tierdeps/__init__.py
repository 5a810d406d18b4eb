"""Dependency-ordered, tiered start-up of a program's drivers, verified before it runs.

What a plugin author imports. Each name is loaded on first use, so that importing this package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tierdeps._util.lazy import lazily

if TYPE_CHECKING:
    from tierdeps._util.frozen import Value, field, replace
    from tierdeps.errors import (
        DeadlineExceeded,
        DeclarationError,
        InputError,
        LifecycleError,
        LostError,
        PluginError,
        RemoteError,
        RunError,
        TierdepsError,
        UndeclaredDependency,
        UnknownNameError,
    )
    from tierdeps.executor import Executor
    from tierdeps.graph import CycleError, DependencyGraph, GraphError
    from tierdeps.hookspecs import hookimpl
    from tierdeps.lifecycle import Context, Lifecycle
    from tierdeps.model import Driver, Plan, Tier, after, before, conflicts, requires, wants

__version__ = "0.1.0"

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
    "LostError",
    "Plan",
    "PluginError",
    "RemoteError",
    "RunError",
    "Tier",
    "TierdepsError",
    "UndeclaredDependency",
    "UnknownNameError",
    "Value",
    "after",
    "before",
    "conflicts",
    "field",
    "hookimpl",
    "replace",
    "requires",
    "wants",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "_util.frozen": ("Value", "field", "replace"),
        "errors": (
            "DeadlineExceeded",
            "DeclarationError",
            "InputError",
            "LifecycleError",
            "LostError",
            "PluginError",
            "RemoteError",
            "RunError",
            "TierdepsError",
            "UndeclaredDependency",
            "UnknownNameError",
        ),
        "executor": ("Executor",),
        "graph": ("CycleError", "DependencyGraph", "GraphError"),
        "hookspecs": ("hookimpl",),
        "lifecycle": ("Context", "Lifecycle"),
        "model": ("Driver", "Plan", "Tier", "after", "before", "conflicts", "requires", "wants"),
    },
)
