"""What drivers did to files, sockets and environment variables, and which of them used what another one made."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from tierdeps._util.frozen import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Addresses that stand for all of this host, and those of this host alone.
ANY, LOOPBACK = frozenset({"0.0.0.0", "::"}), frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})  # noqa: S104

#: Where nothing is of one driver alone.
SHARED = ("/dev/", "/proc/", "/sys/")


class Thing(StrEnum):
    """What is made by one driver and used by others."""

    FILE = "file"
    SOCKET = "socket"
    PORT = "port"
    VARIABLE = "environment variable"
    BUS_NAME = "D-Bus name"


class Access(Value):
    """One access: the ``call`` by which a driver made or used a thing, ``at`` seconds after the start of the run.

    ``name`` is a path, the name of a variable, or for a port an address and the number, as ``127.0.0.1:80``.
    """

    driver: str
    at: float
    thing: Thing
    name: str
    call: str
    makes: bool


class Use(Value):
    """A driver used what another one had made before."""

    used: Access
    made: Access

    @property
    def pair(self) -> tuple[str, str]:
        """The driver that used it, and the one that had made it."""
        return self.used.driver, self.made.driver


def uses(accesses: Iterable[Access]) -> Iterator[Use]:
    """Yield the uses in the order of their time; of what several made, the last one before the use counts."""
    made: dict[tuple[Thing, str], Access] = {}
    for access in sorted(accesses, key=lambda item: (item.at, not item.makes)):
        if access.makes:
            made[access.thing, access.name] = access
            continue
        maker = next((made[key] for key in _keys(access) if key in made), None)
        if maker is not None and maker.driver != access.driver:
            yield Use(access, maker)


def _keys(access: Access) -> Iterator[tuple[Thing, str]]:
    """Yield under which names what is used may have been made: a server may listen on all addresses."""
    yield access.thing, access.name
    if access.thing is Thing.PORT:
        address, _, number = access.name.rpartition(":")
        if address in LOOPBACK:
            yield from ((access.thing, f"{other}:{number}") for other in sorted(ANY))


def counts(path: str) -> bool:
    """Return whether a file may be one that a driver makes for others."""
    return path.startswith("/") and not path.startswith(SHARED) and not path.endswith((".pyc", "/__pycache__"))
