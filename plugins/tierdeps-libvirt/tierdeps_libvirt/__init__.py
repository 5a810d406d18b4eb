"""libvirt's drivers for tierdeps: one file each, and a new one is one new file."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from tierdeps import Tier, hookimpl

if TYPE_CHECKING:
    from tierdeps import Driver

__version__ = "0.1.0"

TIERS = (
    Tier("connection"),
    Tier("core", after=("connection",)),
    Tier("hypervisor", after=("core",)),
)


@hookimpl
def tierdeps_tiers() -> tuple[Tier, ...]:
    """Put the way to the daemon first and the hypervisors last."""
    return TIERS


@hookimpl
def tierdeps_drivers() -> tuple[Driver, ...]:
    """Collect what each file of this package declares."""
    names = (module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    return tuple(import_module(f"{__name__}.{name}").DRIVER for name in names)
