"""The facts of this host, read from its live configuration within a few seconds, or not at all."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from tierdeps import RunError
from tierdeps_libvirt import _settings
from tierdeps_libvirt._connection import HERE, everywhere
from tierdeps_libvirt._kinds import DOMAINS, POOLS, definition_of
from tierdeps_libvirt._library import NO_SUPPORT, NOT_FOUND, code_of, load_library
from tierdeps_libvirt._modular import Daemons
from tierdeps_libvirt._references import GUEST_FACTS, POOL_FACTS, domain_facts, pool_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tierdeps_libvirt._kinds import Kind
    from tierdeps_libvirt._library import Connection, Library, Startable
    from tierdeps_libvirt._markup import Element

#: All facts that some host can state.
FACTS = (*POOL_FACTS, *GUEST_FACTS)


def host_facts(
    settings: Mapping[str, object], load: Callable[[], Library] = load_library, seconds: float = _settings.FACTS_S
) -> dict[str, bool]:
    """Return the facts of this host's pools and guests; none if libvirt does not answer in time."""
    try:
        seconds = _settings.facts_timeout(settings, seconds)
        _settings.uri(settings)
    except RunError:  # the probe of the drivers reports it; connections to each host of a fleet say nothing of this one
        return {}
    answer: SimpleQueue[dict[str, bool]] = SimpleQueue()

    def ask() -> None:
        answer.put(_ask(settings, load))

    # libvirt cannot be interrupted where it hangs
    Thread(target=ask, name="tierdeps asks libvirt", daemon=True).start()
    try:
        return answer.get(timeout=seconds)
    except Empty:
        return {}


def _ask(settings: Mapping[str, object], load: Callable[[], Library]) -> dict[str, bool]:
    try:
        library = load()
    except ImportError:
        return {}
    found: dict[str, bool] = {}
    try:
        with everywhere(library, settings) as connections:
            for connection in connections:
                for name, holds in _facts(library, connection):
                    found[name] = found.get(name, False) or holds
        found |= _facts_from_files(settings, found)
    except (library.libvirtError, RunError, ValueError):
        # the start of the drivers reports it, a URI that is no text too; incomplete facts would be misleading
        return {}
    return found


def _facts_from_files(settings: Mapping[str, object], known: Mapping[str, bool]) -> dict[str, bool]:
    """Return facts from the files of guests whose daemon does not run, since a connection would start it."""
    daemons = Daemons(HERE)
    if _settings.uri(settings) is not None or daemons.may_open("qemu:///system"):
        return {}
    held = frozenset().union(*map(domain_facts, daemons.definitions()))
    return {name: known.get(name, False) or name in held for name in GUEST_FACTS}


def _facts(library: Library, connection: Connection) -> Iterator[tuple[str, bool]]:
    """Yield the facts of one connection; one that it does not support is not stated."""
    for kind, names, read in ((POOLS, POOL_FACTS, pool_facts), (DOMAINS, GUEST_FACTS, domain_facts)):
        try:
            items = _of_interest(kind, library, connection)
        except library.libvirtError as error:
            if code_of(error) == NO_SUPPORT:
                continue
            raise
        held = frozenset().union(*map(read, _definitions(library, items)))
        yield from ((name, name in held) for name in names)


def _of_interest(kind: Kind, library: Library, connection: Connection) -> list[Startable]:
    """Return the objects marked autostart, and the running guests, to which a hypervisor reconnects."""
    running = [item for item in kind.all_of(connection) if item.isActive()] if kind is DOMAINS else []
    return [*kind.marked_of(library, connection), *running]


def _definitions(library: Library, items: Iterable[Startable]) -> Iterator[Element]:
    for item in items:
        try:
            yield definition_of(item)
        except library.libvirtError as error:
            if code_of(error) not in NOT_FOUND:  # removed in the meantime
                raise
