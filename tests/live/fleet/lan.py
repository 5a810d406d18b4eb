"""A bridge in one world, and a cable from it to each other one."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.live.host.world import World

BRIDGE = "lan"
NETWORK = "10.214.0"
#: The address of the world with the bridge.
HUB = f"{NETWORK}.1"


class Lan:
    """All of it is in the networks of the worlds, and ends with them."""

    def __init__(self, hub: World) -> None:
        self._hub = hub
        self._ports: dict[str, str] = {}

    def make(self) -> None:
        """Make the bridge."""
        self._hub.run("ip", "link", "add", BRIDGE, "type", "bridge")
        self._hub.run("ip", "address", "add", f"{HUB}/24", "dev", BRIDGE)
        self._hub.run("ip", "link", "set", BRIDGE, "up")

    def add(self, name: str, world: World) -> str:
        """Connect a world; return its address."""
        number = len(self._ports) + 1
        port, address = f"port{number}", f"{NETWORK}.{10 + number}"
        # From outside of both: a process of one world has no number in the other one.
        cable = ("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", str(world.holder))
        inside = ("nsenter", f"--net=/proc/{self._hub.holder}/ns/net")
        subprocess.run((*inside, *cable), check=True)
        self._hub.run("ip", "link", "set", port, "master", BRIDGE, "up")
        world.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
        world.run("ip", "link", "set", "eth0", "up")
        self._ports[name] = port
        return address

    def cut(self, name: str) -> None:
        """Pull the cable of a world: what it sends and what is sent to it is lost, without an answer."""
        self._hub.run("ip", "link", "set", self._ports[name], "down")

    def join(self, name: str) -> None:
        """Put the cable back."""
        self._hub.run("ip", "link", "set", self._ports[name], "up")
