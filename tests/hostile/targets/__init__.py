"""The targets, a file for each kind of reader; a new one is a new file."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.hostile.target import Target


def all_targets() -> tuple[Target, ...]:
    """Return all targets, in the order of their files."""
    names = sorted(module.name for module in iter_modules(__path__))
    return tuple(target for name in names for target in import_module(f"{__name__}.{name}").TARGETS)
