"""Three machines of a fleet, each with its own Ceph, libvirtd and worker, and the host of the start."""

from __future__ import annotations

from tests.live.fleet.site import Site

__all__ = ["Site"]
