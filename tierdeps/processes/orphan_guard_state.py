"""The state of the orphan guard: the sessions that it knows, and the order in which it would stop them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from tierdeps.processes.cgroup import Cgroup
from tierdeps.processes.proc import GONE, read_process

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: The stop timeout of a session for which none was sent, in seconds.
DEFAULT_STOP_TIMEOUT_S = 10.0


class Session:
    """A session, announced before it starts; ``outputs`` are the reading ends of its output pipes."""

    __slots__ = ("driver", "outputs", "pid", "signal", "started")

    def __init__(self, signal: int, driver: bytes, outputs: tuple[int, ...] = ()) -> None:
        self.signal: int = signal
        self.driver: bytes = driver
        self.outputs: tuple[int, ...] = outputs
        self.pid: int = 0
        self.started: int = 0

    def set_leader(self, pid: int) -> None:
        """Set its leader."""
        leader = read_process(pid)
        self.pid, self.started = pid, leader.started if leader is not None else GONE


class Order(NamedTuple):
    """When a session is stopped: later tiers first, within a tier before what it ``needs``; and in how much time."""

    tier: int = 0
    seconds: float = DEFAULT_STOP_TIMEOUT_S
    needs: frozenset[str] = frozenset()


class GuardState:
    """All messages received; ``stop_all`` says whether all processes of the run are stopped, or only known sessions."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        #: Including sessions that are gone: what needs them is stopped before what they need.
        self.orders: dict[str, Order] = {}
        self.stop_all: bool = True
        self.cgroup: Cgroup | None = None

    def apply(self, packet: bytes, outputs: list[int]) -> None:
        """Apply the lines of a packet; its descriptors are the outputs of the session that it announces."""
        for line in packet.decode().splitlines():
            self._apply_line(line.split(), outputs)

    def _apply_line(self, words: list[str], outputs: list[int]) -> None:
        verb, *rest = words
        if verb == ".":
            self.stop_all = False
            return
        if verb == "%":
            self.cgroup = Cgroup(os.fsdecode(bytes.fromhex(rest[0])))
            return
        key = rest[0]
        if verb == "+":
            self._close_outputs(key)
            self.sessions[key] = Session(int(rest[1]), bytes.fromhex(rest[2]), tuple(outputs))
        elif verb == "~":
            self.orders[key] = Order(int(rest[1]), float(rest[2]))
        elif verb == "<":
            order = self.orders.get(key, Order())
            self.orders[key] = order._replace(needs=order.needs | frozenset(rest[1:]))
        elif verb == "=":
            self.sessions[key].set_leader(int(rest[1]))
        else:
            self._close_outputs(key)
            self.sessions.pop(key, None)

    def _close_outputs(self, key: str) -> None:
        old = self.sessions.get(key)
        if old is not None:
            for output in old.outputs:
                os.close(output)

    def order(self, key: str) -> Order:
        """Return when a session is to be stopped."""
        return self.orders.get(key, Order())

    def needed(self, key: str, among: Collection[str]) -> set[str]:
        """Return the sessions ``among`` these that one needs, directly or through sessions that are gone."""
        found: set[str] = set()
        seen = {key}
        stack = list(self.order(key).needs)
        while stack:
            other = stack.pop()
            if other in seen:
                continue
            seen.add(other)
            if other in among:
                found.add(other)
            else:
                stack.extend(self.order(other).needs)
        return found


def cgroup_line(path: str) -> str:
    """Return the message with the run's cgroup."""
    return f"% {os.fsencode(path).hex()}"


def order_lines(key: str, order: Order) -> Iterable[str]:
    """Return the messages that set a session's order; each fits into a packet."""
    yield f"~ {key} {order.tier} {order.seconds:.6g}"
    needs = sorted(order.needs)
    for first in range(0, len(needs), 1000):
        yield f"< {key} {' '.join(needs[first : first + 1000])}"
