"""Packages whose names are imported on first use."""

from __future__ import annotations

from importlib import import_module
from sys import modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def lazily(
    package: str, exports: Mapping[str, Iterable[str]]
) -> tuple[list[str], Callable[[str], object], Callable[[], list[str]]]:
    """Return ``__all__``, ``__getattr__`` and ``__dir__`` for a package.

    ``exports`` maps its modules to the names that they define. Type checkers do not know them from it, so the package
    imports the same names for type checkers: ``import Name as Name``, which says that the name is the package's too.
    A name is stored in the package when it was first used, so that ``__getattr__`` is called once for each.
    """
    module_of = {name: module for module, names in exports.items() for name in names}

    def get(name: str) -> object:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{module_of[name]}"), name)
        vars(modules[package])[name] = value
        return value

    def names() -> list[str]:
        return sorted({*vars(modules[package]), *module_of})

    return sorted(module_of), get, names
