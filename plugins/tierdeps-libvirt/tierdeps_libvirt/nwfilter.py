"""Network filters.

When it reloads, it rebuilds the filters of running domains (virNWFilterInstFiltersOnAllVMs): a call back into the
hypervisors, but none of its start.
"""

from __future__ import annotations

from tierdeps import Driver
from tierdeps_libvirt._base import ConnectedLifecycle

DRIVER = Driver(
    "nwfilter",
    tier="core",
    phases=("initialize",),
    lifecycle="tierdeps_libvirt.nwfilter:NwfilterLifecycle",
    description="network filters",
)


class NwfilterLifecycle(ConnectedLifecycle):
    """Counts the filters that are defined."""

    uris = ("nwfilter:///system",)
    noun = "network filter"
    listing = "listAllNWFilters"
