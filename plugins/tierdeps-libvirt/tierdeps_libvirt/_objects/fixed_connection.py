"""Lifecycles for objects that were read through one connection, so that nothing is started through another one.

They are named after those of ``_live_objects``, with the address in hexadecimal digits: a plan and a lock hold names.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tierdeps import Lifecycle


def bound(reference: str, address: str) -> str:
    """Return the reference of a lifecycle that is bound to the address of a connection."""
    return f"{__name__}:{reference.rpartition(':')[2]}_{address.encode().hex()}"


@cache
def __getattr__(name: str) -> type[Lifecycle]:
    from tierdeps_libvirt import _live_objects

    kind, _, digits = name.partition("_")
    try:
        address = bytes.fromhex(digits).decode()
        base = getattr(_live_objects, kind)
    except (AttributeError, ValueError):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    return type(name, (base,), {"__module__": __name__, "__doc__": base.__doc__, "uris": (address,)})
