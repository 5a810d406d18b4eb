"""Drivers that are the same in several plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tierdeps.model import Driver

if TYPE_CHECKING:
    from tests.executor.conftest import World


class Kinds:
    """Drivers that keep their class from one plan to the next, as those of plugins do."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._made: dict[str, Driver] = {}

    def __call__(self, name: str, *dependencies: Any, version: int = 1, **more: Any) -> Driver:
        kind = self._made.setdefault(f"{name} {version}", self._world.driver(name)).lifecycle
        return Driver(name, dependencies=dependencies, lifecycle=kind, **more)
