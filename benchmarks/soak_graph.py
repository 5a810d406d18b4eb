"""The graph of ``benchmarks.soak``: processes in tiers, with every kind of readiness, restart and coupling."""

from __future__ import annotations

import json
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("soak_worker.py")
TIERS = 5
#: The most that is kept of the output of a driver, in MiB.
LOG_SIZE_MIB = 1
READY = ("log:up", "fd:3", None, "exec:test -e {name}.well", "tcp:127.0.0.1:{port}", "notify")
RESTART = ("always", "on-failure", "always", "always", "on-failure", "always", "always", "no")
#: Which drivers have a trait: those whose number has one of the remainders.
TRAITS = {"noisy": (5, (0,)), "child": (4, (1,)), "daemon": (8, (6,)), "stubborn": (7, (3,)), "alive": (3, (0, 1))}


def free_ports(count: int) -> list[int]:
    """Return ports on which nothing listens."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class SoakGraph:
    """A graph file of so many processes, each of which ends after ``mean`` seconds on average."""

    def __init__(self, folder: Path, count: int, mean: float, seed: int) -> None:
        self.path = folder / "soak.json"
        self.names: tuple[str, ...] = tuple(f"p{number:02}" for number in range(count))
        self._mean = mean
        self._seed = seed
        self._ports = free_ports(count)
        self._variant = 0
        (folder / "tierdeps.toml").write_text(f"log_size = {LOG_SIZE_MIB}\n")
        self.write()

    def write(self) -> None:
        """Write the file, each time with other contents: a driver that comes and goes, and one that changes."""
        drivers = {name: self._driver(number) for number, name in enumerate(self.names)}
        drivers[self.names[-1]]["env"]["VARIANT"] = str(self._variant % 3)
        if self._variant % 2:
            drivers["extra"] = self._driver(0) | {
                "requires": [self.names[0]],
                "provides": [],
                "tier": f"t{TIERS - 1}",
            }
        tiers = [f"t{number}" for number in range(TIERS)]
        self.path.write_text(json.dumps({"tiers": {"order": tiers}, "drivers": drivers}, indent=1))
        self._variant += 1

    def tier_of(self, number: int) -> int:
        """Return the tier of a driver."""
        return number * min(TIERS, len(self.names)) // len(self.names)

    def _driver(self, number: int) -> dict[str, Any]:
        name, port, ready = self.names[number], self._ports[number], READY[number % len(READY)]
        traits = [trait for trait, (modulus, remainders) in TRAITS.items() if number % modulus in remainders]
        command = [sys.executable, "-S", "-E", str(WORKER), name, str(self._seed), str(self._mean), *traits]
        table: dict[str, Any] = {
            "tier": f"t{self.tier_of(number)}",
            "provides": [f"tier{self.tier_of(number)}"],
            "command": command,
            "env": {"READY_FD": "3"} if ready == "fd:3" else {},
            "restart": RESTART[number % len(RESTART)],
            "restart_limit": 3 if number % 2 else 1000,
            "restart_backoff": 0.2,
            "timeout": 20,
            "stop_timeout": 8,
            "reload_command": ["true"],
        }
        if ready is not None:
            table["ready"] = ready.format(name=name, port=port)
        on_port = (ready or "").startswith("tcp:")
        if on_port:
            table["env"]["PORT"] = str(port)
        if "alive" in traits:
            probe = table["ready"] if on_port else f"exec:test -e {name}.well"
            table["alive"] = {"probe": probe, "every": 5, "failures": 2}
        return table | self._dependencies(number)

    def _dependencies(self, number: int) -> dict[str, Any]:
        """Return what a driver depends on: one of the tier before, or several of them, in a way of its own."""
        tier = self.tier_of(number)
        if not tier:
            return {}
        below = [name for at, name in enumerate(self.names) if self.tier_of(at) == tier - 1]
        on = below[number % len(below)]
        return (
            {"requires": [on]},
            {"requires": [{"on": on, "on_restart": "keep", "on_loss": "keep"}]},
            {"requires": [{"on": on, "on_restart": "restart", "on_loss": "stop"}]},
            {"wants": [on]},
            {"after": [on]},
            {"requires": [{"on": f"tier{tier - 1}", "atleast": 1}]},
            {"wants": [{"on": on, "on_restart": "restart", "on_loss": "stop"}]},
        )[number % 7]
