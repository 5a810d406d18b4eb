"""What holds on this host, read from its live configuration, within seconds or not at all."""

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
#: A libvirt that takes longer states nothing.
SECONDS = 3.0


def host_facts(
    settings: Mapping[str, object], load: Callable[[], Library] = load_library, seconds: float = SECONDS
) -> dict[str, bool]:
    """Return what is known of this host's pools and guests; nothing where libvirt does not say in time."""
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
        found |= _of_sleepers(settings, found)
    except (library.libvirtError, RunError):  # whoever runs the drivers is told; half an answer would be none
        return {}
    return found


def _of_sleepers(settings: Mapping[str, object], known: Mapping[str, bool]) -> dict[str, bool]:
    """Return what files say of the guests of a hypervisor's daemon that is not asked, since that would start it."""
    daemons = Daemons(HERE)
    if _settings.uri(settings) is not None or daemons.may_open("qemu:///system"):
        return {}
    held = frozenset().union(*map(domain_facts, daemons.definitions()))
    return {name: known.get(name, False) or name in held for name in GUEST_FACTS}


def _facts(library: Library, connection: Connection) -> Iterator[tuple[str, bool]]:
    """Yield what one connection says; what it does not have is stated by none of its answers."""
    for kind, names, read in ((POOLS, POOL_FACTS, pool_facts), (DOMAINS, GUEST_FACTS, domain_facts)):
        try:
            items = _of_interest(kind, connection)
        except library.libvirtError as error:
            if code_of(error) == NO_SUPPORT:
                continue
            raise
        held = frozenset().union(*map(read, _definitions(library, items)))
        yield from ((name, name in held) for name in names)


def _of_interest(kind: Kind, connection: Connection) -> list[Startable]:
    """Return what is marked autostart, and the guests that run: those are what a hypervisor reconnects to."""
    running = [item for item in kind.all_of(connection) if item.isActive()] if kind is DOMAINS else []
    return [*kind.marked_of(connection), *running]


def _definitions(library: Library, items: Iterable[Startable]) -> Iterator[Element]:
    for item in items:
        try:
            yield definition_of(item)
        except library.libvirtError as error:
            if code_of(error) not in NOT_FOUND:  # gone in the meantime
                raise
