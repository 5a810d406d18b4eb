"""libvirt's drivers for tierdeps: one file each, and a new one is one new file."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from tierdeps import OnFailure, Policy, Tier, hookimpl, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tierdeps import Driver, Importer, Rule, Settings

__version__ = "0.1.0"

TIERS = (
    Tier("connection"),
    Tier("core", after=("connection",)),
    Tier("hypervisor", after=("core",)),
)
#: One driver that fails does not stop the others of a host.
ISOLATED = Policy(on_failure=OnFailure.ISOLATE)


@hookimpl
def tierdeps_tiers() -> tuple[Tier, ...]:
    """Put the way to the daemon first and the hypervisors last."""
    return TIERS


@hookimpl
def tierdeps_drivers() -> tuple[Driver, ...]:
    """Collect what each file of this package declares."""
    names = (module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    found = (import_module(f"{__name__}.{name}").DRIVER for name in names)
    return tuple(replace(driver, policy=ISOLATED) for driver in found)


@hookimpl
def tierdeps_importers() -> tuple[Importer, ...]:
    """Read libvirt's configuration, or ask a connection for it."""
    from tierdeps_libvirt._objects.importer import IMPORTER

    return (IMPORTER,)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Find what will not come up at the next boot."""
    from tierdeps_libvirt._objects.rules import RULES

    return RULES


@hookimpl
def tierdeps_facts(settings: Settings, *, names_only: bool = False) -> Mapping[str, bool]:
    """Read them from the libvirt that answers here; without one nothing is stated."""
    from tierdeps_libvirt._facts import FACTS, host_facts

    return dict.fromkeys(FACTS, False) if names_only else host_facts(settings.defaults)
