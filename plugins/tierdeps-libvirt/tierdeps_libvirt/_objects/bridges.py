"""Which bridges libvirt makes: those of a network without <forward>, or whose mode is nat, route or open.

Any other bridge is the host's own (libvirt 9.0.0, network.rng; src/network/bridge_driver.c: networkStartNetwork).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps_libvirt._markup import Element

MADE_HERE = frozenset({"", "nat", "route", "open"})


def mode_of(network: Element) -> str:
    """Return how a network forwards; a <forward> that does not say means nat."""
    forward = network.first("forward")
    return "" if forward is None else forward.get("mode") or "nat"


def bridge_made_by(network: Element) -> str:
    """Return the bridge that a network makes, or an empty text."""
    bridge = network.first("bridge")
    return bridge.get("name") if bridge is not None and mode_of(network) in MADE_HERE else ""
