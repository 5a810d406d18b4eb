"""When a guest is ready, as its metadata says: ``<tierdeps:ready tcp="10.0.0.5:5432" agent="yes" delay="5"/>``."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from tierdeps import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tierdeps_libvirt._markup import Element

#: How long one attempt to connect may take, in seconds.
CONNECT_S = 1.0
#: The longest time that metadata may request, in seconds: a day.
MAX_SECONDS = 86_400.0
#: The channel on which libvirt talks to the agent in a guest.
AGENT_CHANNEL = "org.qemu.guest_agent.0"
#: The attributes of the element.
KEYS = ("tcp", "agent", "delay", "timeout")


class Ready(Value):
    """What has to hold of a guest that runs: an address that answers, its agent; and how long to wait after that.

    ``timeout`` is how long that may take, where it is not the time that a guest has anyway.
    """

    tcp: tuple[str, ...] = ()
    agent: bool = False
    delay: float = 0.0
    timeout: float | None = None

    def missing(self, definition: Callable[[], Element]) -> str:
        """Return which condition of a running guest does not hold yet; empty if all do."""
        for address in self.tcp:
            if not answers(address):
                return f"{address} does not answer"
        if self.agent and not agent_is_connected(definition()):
            return "its guest agent does not answer"
        return ""


def ready_of(elements: Iterable[Element]) -> Ready | None:
    """Return what such elements of a guest's metadata say; None where there is none."""
    found = list(elements)
    if not found:
        return None
    timeouts = [seconds for element in found if (seconds := _seconds(element, "timeout")) is not None]
    return Ready(
        tuple(element.get("tcp") for element in found if address_of(element.get("tcp"))),
        any(element.get("agent") == "yes" for element in found),
        max((_seconds(element, "delay") or 0.0 for element in found), default=0.0),
        max(timeouts, default=None),
    )


def faults_of(element: Element) -> Iterator[str]:
    """Yield the errors in such an element."""
    if not any(element.get(key) for key in KEYS[:3]):
        yield "<ready> says nothing: expected tcp='HOST:PORT', agent='yes' or delay='SECONDS'"
    if element.get("tcp") and address_of(element.get("tcp")) is None:
        yield f"<ready tcp='{element.get('tcp')}'>: expected HOST:PORT"
    if element.get("agent") not in ("", "yes", "no"):
        yield f"<ready agent='{element.get('agent')}'>: expected yes or no"
    for key in KEYS[2:]:
        if element.get(key) and _seconds(element, key) is None:
            yield f"<ready {key}='{element.get(key)}'>: expected a number of seconds, up to {MAX_SECONDS:.0f}"


def address_of(text: str) -> tuple[str, int] | None:
    """Return a host and a port: ``10.0.0.5:22``, ``[fe80::1]:22``."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdecimal() and 0 < int(port) < 1 << 16):
        return None
    return host, int(port)


def answers(text: str) -> bool:
    """Return whether a connection to an address is accepted."""
    address = address_of(text)
    with suppress(OSError):
        if address is not None:
            socket.create_connection(address, CONNECT_S).close()
            return True
    return False


def agent_is_connected(domain: Element) -> bool:
    """Return whether the agent of a running guest has opened its channel."""
    targets = domain.all("devices/channel/target")
    return any(target.get("name") == AGENT_CHANNEL and target.get("state") == "connected" for target in targets)


def _seconds(element: Element, key: str) -> float | None:
    with suppress(ValueError):
        number = float(element.get(key))
        if 0 <= number <= MAX_SECONDS:
            return number
    return None
