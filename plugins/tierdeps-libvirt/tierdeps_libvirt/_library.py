"""libvirt-python as far as it is used here; imported when a life cycle runs, and not before."""

from __future__ import annotations

from typing import Protocol


class Connection(Protocol):
    """An open connection; its lists are asked for by name."""

    def close(self) -> int:
        """Close it."""
        ...

    def getLibVersion(self) -> int:  # noqa: N802 - libvirt's name
        """Return the version of what answers, as one number."""
        ...

    def getURI(self) -> str:  # noqa: N802 - libvirt's name
        """Return where it leads."""
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


class Library(Protocol):
    """The module."""

    libvirtError: type[Exception]  # noqa: N815 - libvirt's name

    def open(self, uri: str, /) -> Connection:
        """Open a connection."""
        ...


def load_library() -> Library:
    """Import the module, and keep it from printing its errors: they are raised too."""
    import libvirt

    libvirt.registerErrorHandler(_say_nothing, None)
    library: Library = libvirt
    return library


def _say_nothing(*_: object) -> None:
    pass


def version_text(number: int) -> str:
    """Spell a version that libvirt gives as one number."""
    return f"{number // 1_000_000}.{number // 1_000 % 1_000}.{number % 1_000}"
