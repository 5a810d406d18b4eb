"""Network filters.

When it reloads, it rebuilds the filters of running domains (virNWFilterInstFiltersOnAllVMs): a call back into the
hypervisors, but none of its start.
"""

from __future__ import annotations

from tierdeps import Driver, requires
from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._daemon import SERVED

DRIVER = Driver(
    "nwfilter",
    tier="core",
    phases=("initialize",),
    dependencies=(requires("virtnwfilterd", reason=SERVED),),
    lifecycle="tierdeps_libvirt.nwfilter:NwfilterLifecycle",
    description="network filters",
)


class NwfilterLifecycle(ConnectedLifecycle):
    """Counts the filters that are defined."""

    uris = ("nwfilter:///system",)
    noun = "network filter"
    listing = "listAllNWFilters"
