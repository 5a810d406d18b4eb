"""libvirt's drivers for tierdeps, one file each."""

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
#: The failure of one driver does not stop the others of a host.
ISOLATED = Policy(on_failure=OnFailure.ISOLATE)


@hookimpl
def tierdeps_tiers() -> tuple[Tier, ...]:
    """Return the tiers: the connection to the daemon first, the hypervisors last."""
    return TIERS


@hookimpl
def tierdeps_drivers() -> tuple[Driver, ...]:
    """Return the drivers that the modules of this package declare."""
    names = (module.name for module in iter_modules(__path__) if not module.name.startswith("_"))
    found = (import_module(f"{__name__}.{name}").DRIVER for name in names)
    return tuple(replace(driver, policy=ISOLATED) for driver in found)


@hookimpl
def tierdeps_importers() -> tuple[Importer, ...]:
    """Return the importer of libvirt's configuration, from a folder or a connection."""
    from tierdeps_libvirt._objects.importer import IMPORTER

    return (IMPORTER,)


@hookimpl
def tierdeps_rules() -> tuple[Rule, ...]:
    """Return the rules about libvirt's objects."""
    from tierdeps_libvirt._objects.rules import RULES

    return RULES


@hookimpl
def tierdeps_facts(settings: Settings, *, names_only: bool = False) -> Mapping[str, bool]:
    """Return the facts of the libvirt that answers here; none without it."""
    from tierdeps_libvirt._facts import FACTS, host_facts

    return dict.fromkeys(FACTS, False) if names_only else host_facts(settings.defaults)
