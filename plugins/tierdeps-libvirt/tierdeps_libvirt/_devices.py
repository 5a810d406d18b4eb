"""The lifecycle of a host device that libvirt does not create: it is waited for, since it may appear late."""

from __future__ import annotations

from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, ClassVar

from tierdeps import Lifecycle, RunError
from tierdeps_libvirt._connection import leads_here
from tierdeps_libvirt._sysfs import is_there

if TYPE_CHECKING:
    from tierdeps import Context

#: The interval of checks, and the time at the end of the phase that is reserved for the result, in seconds.
POLL_S, RESERVE_S = 0.2, 0.5


class HostLifecycle(Lifecycle):
    """``host/NAME``: adopted if it exists, otherwise waited for until the time is over."""

    uris: ClassVar[tuple[str, ...]] = ()
    root: ClassVar[Path] = Path("/")

    def probe(self, context: Context) -> str | None:  # noqa: ARG002 - the contract's signature
        """Return why a device of another host is skipped."""
        elsewhere = [uri for uri in self.uris if not leads_here(uri)]
        return f"{elsewhere[0]} leads to another host, whose devices cannot be seen from here" if elsewhere else None

    def adopt(self, context: Context) -> bool:
        """Return whether it is there."""
        return is_there(self.root, _name(context))

    def start(self, context: Context) -> None:
        """Wait for it."""
        began, name = monotonic(), _name(context)
        end = began + max(context.remaining - RESERVE_S, context.remaining / 2)
        while not is_there(self.root, name):
            if context.cancelled or monotonic() >= end:
                waited = monotonic() - began
                raise RunError(f"there is no {name} on this host, after {waited:.1f} s: make it, libvirt does not")
            sleep(POLL_S)


def _name(context: Context) -> str:
    return context.driver.partition("/")[2]
