"""What the lifecycles share: a connection of their own, and objects that are brought up over it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tierdeps import Lifecycle, RunError
from tierdeps_libvirt._connection import NotServed, connect, without_library
from tierdeps_libvirt._library import NO_SUPPORT, code_of, load_library, plainly, sentence

if TYPE_CHECKING:
    from tierdeps import Context
    from tierdeps_libvirt._library import Connection, Library


class GoneLifecycle(Lifecycle):
    """A driver that libvirt no longer has: skipped on every host."""

    gone: ClassVar[str] = ""

    def probe(self, context: Context) -> str | None:  # noqa: ARG002 - the contract's signature
        """Say since when."""
        return self.gone


class ConnectedLifecycle(Lifecycle):
    """Opens libvirt's own connection to a driver, and counts what is defined there.

    The first of ``uris`` that answers is taken; ``uri`` in the driver's settings takes the place of all of them.
    Stopping closes the connection and nothing else.
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
        """Say what keeps this host from having the driver; a libvirt that does not answer at all is a failure."""
        try:
            library = self.library()
            connection = self.open(context)
        except ImportError as error:
            return without_library(error, context.settings)
        except NotServed as error:
            return str(error)
        with closing(connection), plainly(library):
            try:
                return self.unsuited(connection)
            except library.libvirtError as error:
                if code_of(error) == NO_SUPPORT:
                    return f"the connection {connection.getURI()} has no such driver: {sentence(error)}"
                raise

    def unsuited(self, connection: Connection) -> str | None:
        """Say why the connection is none for this driver; may raise libvirt's error for what is not supported."""
        if self.listing:
            getattr(connection, self.listing)()
        return None

    def initialize(self, context: Context) -> None:
        """Connect, and count."""
        connection = self.connect(context)
        with plainly(self.library()):
            context.logger.info("%s at %s", self.counted(len(self.items())), connection.getURI())

    def stop(self, context: Context) -> None:  # noqa: ARG002 - the contract's signature
        """Close the connection; what libvirt runs goes on."""
        self.close()

    def close(self) -> None:
        """Close the connection, where there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def open(self, context: Context) -> Connection:
        """Open a connection; raises NotServed or Unreachable."""
        return connect(self.library(), (*self.uris, *self.fallbacks()), context.settings, self.root)

    def fallbacks(self) -> tuple[str, ...]:
        """Return where the driver may be had too: nowhere, for libvirtd answers at the same connections."""
        return ()

    def connect(self, context: Context) -> Connection:
        """Open the connection and keep it."""
        self.close()
        try:
            self._connection = self.open(context)
        except NotServed as error:
            raise RunError(str(error)) from None
        return self._connection

    def items(self) -> list[Any]:
        """List what is defined."""
        return list(getattr(self._connection, self.listing)())

    def counted(self, count: int) -> str:
        """Return a number of objects in words."""
        noun = self.noun if count == 1 else self.plural or f"{self.noun}s"
        return f"{count} {noun}"
