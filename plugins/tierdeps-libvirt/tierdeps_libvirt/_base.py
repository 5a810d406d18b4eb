"""The base of lifecycles with a connection of their own, over which objects are started."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tierdeps import Lifecycle, RunError
from tierdeps_libvirt import _settings
from tierdeps_libvirt._connection import NotServed, connect, without_library
from tierdeps_libvirt._library import NO_SUPPORT, code_of, load_library, plainly, sentence
from tierdeps_libvirt._opening import opened

if TYPE_CHECKING:
    from tierdeps import Context
    from tierdeps_libvirt._library import Connection, Library


class GoneLifecycle(Lifecycle):
    """A driver that libvirt no longer has: skipped on every host."""

    gone: ClassVar[str] = ""

    def probe(self, context: Context) -> str | None:  # noqa: ARG002 - the contract's signature
        """Return since which version."""
        return self.gone


class ConnectedLifecycle(Lifecycle):
    """Opens libvirt's connection for a driver, and counts the objects that are defined there.

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
        """Return why this host does not have the driver; a libvirt that does not answer at all is a failure."""
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
        """Return why a connection is unsuited for this driver; may raise libvirt's error for what is not supported."""
        if self.listing:
            getattr(connection, self.listing)()
        return None

    def initialize(self, context: Context) -> None:
        """Connect, and count the objects."""
        connection = self.connect(context)
        with plainly(self.library()):
            context.logger.info("%s at %s", self.counted(len(self.items())), connection.getURI())

    def stop(self, context: Context) -> None:  # noqa: ARG002 - the contract's signature
        """Close the connection; libvirt's objects stay as they are."""
        self.close()

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def open(self, context: Context) -> Connection:
        """Open a connection; raises NotServed, Unreachable, or RunError where a daemon does not answer in time."""
        library, uris = self.library(), (*self.uris, *self.fallbacks())
        first = _settings.uri(context.settings) or uris[0]
        return opened(context, first, lambda: connect(library, uris, context.settings, self.root))

    def fallbacks(self) -> tuple[str, ...]:
        """Return further connections for the driver: none, since libvirtd answers at the same ones."""
        return ()

    def connect(self, context: Context) -> Connection:
        """Open the connection, which ``stop`` closes."""
        self.close()
        try:
            self._connection = self.open(context)
        except NotServed as error:
            raise RunError(str(error)) from None
        return self._connection

    def items(self) -> list[Any]:
        """Return the defined objects."""
        return list(getattr(self._connection, self.listing)())

    def counted(self, count: int) -> str:
        """Return a number of objects as text."""
        noun = self.noun if count == 1 else self.plural or f"{self.noun}s"
        return f"{count} {noun}"
