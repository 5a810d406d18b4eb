"""Connections to libvirt: which one answers, and whether one that does not is missing or down."""

from __future__ import annotations

from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tierdeps import RunError
from tierdeps_libvirt import _settings
from tierdeps_libvirt._library import NO_CONNECT, code_of, sentence
from tierdeps_libvirt._modular import Daemons

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tierdeps_libvirt._library import Connection, Library

    Opening = Callable[[str], Connection]

HERE = Path("/")
#: The connections at which the monolithic daemon, or one of a hypervisor, answers for every driver.
MONOLITHIC = ("qemu:///system", "lxc:///system", "xen:///system")
#: The connections with the guests of hypervisors.
HYPERVISORS = {
    "qemu": "qemu:///system",
    "lxc": "lxc:///system",
    "libxl": "xen:///system",
    "uml": "uml:///system",
}
#: If one of these answers, libvirt is there; those of hypervisors are tried last.
ANYWHERE = ("secret:///system", "storage:///system", "network:///system", *MONOLITHIC)
NO_LIBRARY = "libvirt-python cannot be used ({error}): pip install 'tierdeps-libvirt[live]'"


def leads_here(uri: str) -> bool:
    """Return whether a connection is to this host: it names no other host, and no transport but a socket."""
    parts = urlsplit(uri)
    hypervisor, _, way = parts.scheme.partition("+")
    return not parts.netloc and way in ("", "unix") and hypervisor != "test"


def may_ask(uri: str, root: Path) -> bool:
    """Return whether a connection starts no daemon that would look for its running guests."""
    parts = urlsplit(uri)
    daemons = Daemons(root)
    if not leads_here(uri) or parts.path != "/system":
        return True
    if daemons.has_socket(f"virt{parts.scheme.partition('+')[0]}d"):
        return daemons.may_open(uri)
    return daemons.runs("libvirtd") or not daemons.has_common_socket


class NotServed(Exception):  # noqa: N818  a statement, and none of a fault
    """Libvirt answers, but has no such driver."""


class Unreachable(RunError):  # noqa: N818  said as it is
    """Libvirt does not answer."""


def without_library(error: ImportError, settings: Mapping[str, object]) -> str:
    """Return why a driver is skipped on a host without libvirt-python.

    Raises RunError where the settings or ``--uri`` name a connection: who names one wants it used.
    """
    problem = NO_LIBRARY.format(error=error)
    uri = _settings.uri(settings)
    if uri is not None:
        raise RunError(f"{uri} cannot be reached: {problem}") from error
    return problem


def connect(library: Library, uris: Iterable[str], settings: Mapping[str, object], root: Path = HERE) -> Connection:
    """Open the first connection that answers; ``uri`` in the settings takes the place of them all.

    Raises NotServed where libvirt answers elsewhere only, or the driver's own daemon does not, and Unreachable where it
    does not answer at all.
    """
    chosen = _settings.uri(settings)
    asked = tuple(uris) if chosen is None else (chosen,)
    daemons = Daemons(root)
    refusals: list[Exception] = []
    for uri in asked:
        try:
            return library.open(uri)
        except library.libvirtError as error:
            refusals.append(error)
    more = [uri for uri in ANYWHERE if uri not in asked and daemons.may_open(uri)]
    others = f"; nor at {', '.join(asked[1:])}" if asked[1:] else ""
    text = f"libvirt does not answer at {asked[0]}: {sentence(refusals[0])}{others}"
    if chosen is None and (is_modular(settings, daemons) or _lacks_driver(refusals) or _answers(library, more)):
        raise NotServed(text)
    raise Unreachable(text)


def is_modular(settings: Mapping[str, object], daemons: Daemons) -> bool:
    """Return whether each driver has a daemon of its own here: the others may answer if one does not."""
    return _settings.flag(settings, "modular") or daemons.are_modular


def _lacks_driver(refusals: Iterable[Exception]) -> bool:
    return any(code_of(error) == NO_CONNECT for error in refusals)


def _answers(library: Library, uris: Iterable[str]) -> bool:
    """Return whether any connection of libvirt answers."""
    for uri in uris:
        try:
            library.open(uri).close()
        except library.libvirtError:
            continue
        return True
    return False


@contextmanager
def everywhere(
    library: Library, settings: Mapping[str, object], root: Path = HERE, opening: Opening | None = None
) -> Iterator[list[Connection]]:
    """Open all connections with pools or guests that answer, but none that would start a hypervisor's daemon.

    ``opening`` opens one, by default without a time limit.
    """
    chosen, daemons = _settings.uri(settings), Daemons(root)
    usual = [uri for uri in ("storage:///system", *MONOLITHIC) if daemons.may_open(uri)]
    uris = usual if chosen is None else [chosen]
    with ExitStack() as stack:
        connections = []
        for uri in uris:
            with suppress(library.libvirtError):
                connections.append(stack.enter_context(closing((opening or library.open)(uri))))
        yield connections
