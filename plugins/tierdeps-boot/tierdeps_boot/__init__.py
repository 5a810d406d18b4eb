"""Importers of other start-up systems for tierdeps: a package each, with its importer and its rules."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from tierdeps import hookimpl

if TYPE_CHECKING:
    from types import ModuleType

    from tierdeps import Exporter, Importer, Rule

__version__ = "0.1.0"


def _packages() -> list[ModuleType]:
    """Import the packages of the importers; each one is cheap until it reads something."""
    names = sorted(module.name for module in iter_modules(__path__) if module.ispkg and not module.name.startswith("_"))
    return [import_module(f"{__name__}.{name}") for name in names]


@hookimpl(tryfirst=True)
def tierdeps_importers() -> tuple[Importer, ...]:
    """Return the importers, ``IMPORTER`` of each package: tried before the built-in one, which takes any YAML."""
    return tuple(package.IMPORTER for package in _packages())


@hookimpl
def tierdeps_exporters() -> tuple[Exporter, ...]:
    """Return the exporters."""
    from tierdeps_boot._exporters import EXPORTERS

    return EXPORTERS


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rules of all importers, and those of packages that have some: ``rules`` of each builds them."""
    from tierdeps_boot._rules import RULES

    return (*RULES, *(rule for package in _packages() if hasattr(package, "rules") for rule in package.rules()))
