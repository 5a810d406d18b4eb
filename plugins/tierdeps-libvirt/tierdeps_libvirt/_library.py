"""The part of libvirt-python that is used here; the module is imported when a lifecycle runs."""

from __future__ import annotations

from contextlib import contextmanager
from errno import ENODEV, ENXIO
from typing import TYPE_CHECKING, Any, Protocol

from tierdeps import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Codes of libvirt's errors (virterror.h).
NO_SUPPORT, NO_CONNECT, INVALID_SECRET = 3, 5, 65
OPERATION_INVALID = 55
#: No such domain, network, pool, filter, secret.
NOT_FOUND = frozenset({42, 43, 49, 62, 66})
#: Errors that another attempt does not fix; so are invalid arguments, XML and configurations.
LASTING = NOT_FOUND | {NO_SUPPORT, INVALID_SECRET, 8, 27, 67}


#: The code of a system error, and the errno values for a missing device (errno.h).
SYSTEM_ERROR = 38
NO_DEVICE = frozenset({ENXIO, ENODEV})


class Connection(Protocol):
    """An open connection; lists and look-ups are asked for by name."""

    def close(self) -> int:
        """Close it."""
        ...

    def isAlive(self) -> int:  # noqa: N802 - libvirt's name
        """Return whether the connection is still usable."""
        ...

    def getLibVersion(self) -> int:  # noqa: N802 - libvirt's name
        """Return the version of the daemon, as one number."""
        ...

    def getType(self) -> str:  # noqa: N802 - libvirt's name
        """Return the type of the hypervisor."""
        ...

    def getURI(self) -> str:  # noqa: N802 - libvirt's name
        """Return the URI of the connection."""
        ...


class Startable(Protocol):
    """A network, a pool or a domain: what can be marked autostart."""

    def name(self) -> str:
        """Return its name."""
        ...

    def autostart(self) -> int:
        """Return whether it is marked autostart."""
        ...

    def isActive(self) -> int:  # noqa: N802 - libvirt's name
        """Return whether it is up."""
        ...

    def create(self) -> int:
        """Start it; a saved domain is resumed."""
        ...

    def UUIDString(self) -> str:  # noqa: N802 - libvirt's name
        """Return its UUID."""
        ...

    def XMLDesc(self, flags: int = 0, /) -> str:  # noqa: N802 - libvirt's name
        """Return its definition."""
        ...


class Guest(Startable, Protocol):
    """A domain."""

    def ID(self) -> int:  # noqa: N802 - libvirt's name
        """Return its id; a domain that is started later has a larger one."""
        ...

    def isPersistent(self) -> int:  # noqa: N802 - libvirt's name
        """Return whether it has a definition that outlives it."""
        ...

    def state(self) -> list[int]:
        """Return its state, and the reason for it."""
        ...

    def shutdown(self) -> int:
        """Request a shutdown."""
        ...

    def destroy(self) -> int:
        """Turn it off at once."""
        ...


class Secret(Protocol):
    """A secret."""

    def UUIDString(self) -> str:  # noqa: N802 - libvirt's name
        """Return its UUID."""
        ...

    def value(self) -> bytes:
        """Return its value."""
        ...


class Library(Protocol):
    """The module."""

    libvirtError: type[Exception]  # noqa: N815 - libvirt's name

    def open(self, uri: str, /) -> Connection:
        """Open a connection."""
        ...


def load_library() -> Library:
    """Import the module, and keep it from printing its errors: they are raised too. Raises ImportError."""
    import libvirt

    if not hasattr(libvirt, "registerErrorHandler"):  # a folder of that name on sys.path, without the module
        raise ImportError(f"{', '.join(libvirt.__path__)} is no libvirt-python")
    libvirt.registerErrorHandler(_say_nothing, None)
    library: Library = libvirt
    return library


def _say_nothing(*_: object) -> None:
    pass


def code_of(error: Exception) -> int | None:
    """Return the code of libvirt's error."""
    ask: Any = getattr(error, "get_error_code", None)
    return None if ask is None else ask()


def is_late_device(error: Exception) -> bool:
    """Return whether an error means a missing host device, which may still appear."""
    ask: Any = getattr(error, "get_int1", None)
    return code_of(error) == SYSTEM_ERROR and ask is not None and ask() in NO_DEVICE


def sentence(error: BaseException) -> str:
    """Return the message of a libvirt error in one line."""
    return " ".join(str(error).split())


def version_text(number: int) -> str:
    """Return a version that libvirt encodes as one number, as text."""
    return f"{number // 1_000_000}.{number // 1_000 % 1_000}.{number % 1_000}"


@contextmanager
def plainly(library: Library) -> Iterator[None]:
    """Raise a RunError with libvirt's message for each libvirt error in the block."""
    try:
        yield
    except library.libvirtError as error:
        raise RunError(sentence(error)) from error
