"""What the life cycles share: a connection of their own, lists, and the honest word that there is nothing to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tierdeps import Lifecycle, RunError
from tierdeps_libvirt._library import load_library

if TYPE_CHECKING:
    from tierdeps import Context
    from tierdeps_libvirt._library import Connection, Library, Startable


class GoneLifecycle(Lifecycle):
    """A driver that libvirt no longer has: skipped on every host."""

    gone: ClassVar[str] = ""

    def probe(self, context: Context) -> str | None:  # noqa: ARG002 - the contract's signature
        """Say since when."""
        return self.gone


class ConnectedLifecycle(Lifecycle):
    """Opens libvirt's own connection to a driver, and counts what is defined there.

    The first of ``uris`` that answers is taken; ``uri`` in the driver's settings takes the place of all of them.
    Nothing is started, and stopping closes the connection and nothing else.
    """

    uris: ClassVar[tuple[str, ...]] = ()
    noun: ClassVar[str] = "object"
    plural: ClassVar[str] = ""
    listing: ClassVar[str] = ""
    root: ClassVar[Path] = Path("/")

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def library(self) -> Library:
        """Return libvirt-python."""
        return load_library()

    def probe(self, context: Context) -> str | None:
        """Say what keeps this host from answering."""
        try:
            self._open(context).close()
        except ImportError as error:
            return f"libvirt-python cannot be used ({error}): pip install 'tierdeps-libvirt[live]'"
        except RunError as error:
            return str(error)
        return None

    def initialize(self, context: Context) -> None:
        """Connect, and count."""
        self.connect(context)
        context.logger.info("%s", self._counted(len(self.items())))

    def stop(self, context: Context) -> None:  # noqa: ARG002 - the contract's signature
        """Close the connection; what libvirt runs goes on."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def connect(self, context: Context) -> Connection:
        """Open the connection and keep it."""
        self._connection = self._open(context)
        return self._connection

    def items(self) -> list[Any]:
        """List what is defined."""
        return list(getattr(self._connection, self.listing)())

    def _open(self, context: Context) -> Connection:
        library = self.library()
        chosen = context.settings.get("uri")
        uris = self.uris if chosen is None else (str(chosen),)
        refusals = []
        for uri in uris:
            try:
                return library.open(uri)
            except library.libvirtError as error:
                refusals.append(" ".join(str(error).split()))
        others = f"; nor at {', '.join(uris[1:])}" if uris[1:] else ""
        raise RunError(f"libvirt does not answer at {uris[0]}: {refusals[0]}{others}")

    def _counted(self, count: int) -> str:
        noun = self.noun if count == 1 else self.plural or f"{self.noun}s"
        return f"{count} {noun}"


class AutostartLifecycle(ConnectedLifecycle):
    """Besides, tells which of the objects that are marked autostart are active."""

    def autostart(self, context: Context) -> None:
        """Look at each that is marked; start none."""
        marked: list[Startable] = [item for item in self.items() if item.autostart()]
        active = [item for item in marked if item.isActive()]
        context.logger.info("%s marked autostart, %d active", self._counted(len(marked)), len(active))
        for item in marked:
            if item not in active:
                context.logger.warning("%s %s is marked autostart, and is not active", self.noun, item.name())
