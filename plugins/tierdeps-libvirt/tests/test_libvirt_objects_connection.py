"""A connection says the same as a configuration root, and what was read there is started there and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from tierdeps import DependencyGraph, Executor, InputError, Lifecycle, Source, replace
from tierdeps_libvirt import _live_objects
from tierdeps_libvirt._connection import leads_here
from tierdeps_libvirt._objects import fixed_connection
from tierdeps_libvirt._objects.connection import ask
from tierdeps_libvirt._objects.definition import SecretValue
from tierdeps_libvirt._objects.importer import read

if TYPE_CHECKING:
    from tierdeps_libvirt._objects.definition import Inventory

#: Codes of libvirt's errors (virterror.h).
NO_SUPPORT, BAD_ARGUMENT, DENIED, NO_DOMAIN, PRIVATE, NO_VALUE = 3, 8, 29, 42, 65, 66


class LibvirtError(Exception):
    """As libvirt raises it."""

    def __init__(self, code: int, text: str = "refused") -> None:
        self.code = code
        super().__init__(text)

    def get_error_code(self) -> int:
        return self.code


@dataclass
class Thing:
    """A network, a pool, a domain, a filter or a secret."""

    called: str
    body: str = "<x/>"
    marked: bool = False
    persistent: bool = True
    refuses_flags: bool = False
    value_error: int | None = None
    desc_error: int | None = None
    active: bool = False
    once: bool = False
    once_error: int | None = None
    live: str = ""

    def name(self) -> str:
        return self.called

    def UUIDString(self) -> str:  # noqa: N802 - libvirt's name
        return self.called

    def isPersistent(self) -> int:  # noqa: N802 - libvirt's name
        return int(self.persistent)

    def isActive(self) -> int:  # noqa: N802 - libvirt's name
        return int(self.active)

    def autostart(self) -> int:
        return int(self.marked)

    def autostartOnce(self) -> int:  # noqa: N802 - libvirt's name
        if self.once_error is not None:
            raise LibvirtError(self.once_error)
        return int(self.once)

    def XMLDesc(self, flags: int = 0) -> str:  # noqa: N802 - libvirt's name
        if self.desc_error is not None:
            raise LibvirtError(self.desc_error)
        if flags and self.refuses_flags:
            raise LibvirtError(BAD_ARGUMENT)
        return self.live if self.live and not flags else self.body

    def value(self) -> bytes:
        if self.value_error is not None:
            raise LibvirtError(self.value_error)
        return b"key"


@dataclass
class Connection:
    """What is defined, by the name of the list."""

    lists: dict[str, list[Thing]] = field(default_factory=dict)
    code: int = NO_SUPPORT
    closed: bool = False

    def __getattr__(self, listing: str) -> object:
        if not listing.startswith("listAll"):
            raise AttributeError(listing)

        def answer() -> list[Thing]:
            if listing not in self.lists:
                raise LibvirtError(self.code)
            return self.lists[listing]

        return answer

    def close(self) -> int:
        self.closed = True
        return 0


class Library:
    """The module, with one connection or none."""

    libvirtError = LibvirtError  # noqa: N815 - libvirt's name

    def __init__(self, connection: Connection | None) -> None:
        self.connection = connection

    def open(self, uri: str, /) -> Connection:
        if self.connection is None:
            raise LibvirtError(38, f"no way to\n{uri}")
        return self.connection


def asked(connection: Connection) -> Inventory:
    return ask("qemu:///system", Library(connection))  # type: ignore[arg-type]  # of a connection, what is used here


def test_all_kinds_are_read_sorted_and_the_connection_is_closed() -> None:
    connection = Connection(
        {
            "listAllDomains": [Thing("web", marked=True), Thing("db")],
            "listAllSecrets": [Thing("uuid")],
            "listAllNetworks": [Thing("lan", marked=True)],
            "listAllStoragePools": [Thing("p")],
            "listAllNWFilters": [Thing("f")],
        }
    )
    found = asked(connection)
    names = [item.called for item in found.definitions]
    assert names == ["secret/uuid", "nwfilter/f", "network/lan", "pool/p", "domain/db", "domain/web"]
    assert [item.called for item in found.definitions if item.marked] == ["network/lan", "domain/web"]
    assert found.address == "qemu:///system"
    assert connection.closed


def test_what_is_gone_after_a_boot_is_omitted() -> None:
    found = asked(Connection({"listAllDomains": [Thing("a", persistent=False)]}))
    assert found.definitions == ()
    assert [item.called for item in found.passing] == ["domain/a"]


@pytest.mark.parametrize(
    ("guest", "marked"),
    [
        (Thing("a", once=True), True),
        (Thing("a", marked=True, once_error=NO_SUPPORT), True),
        (Thing("a", once_error=NO_SUPPORT), False),
        (Thing("a"), False),
    ],
)
def test_a_guest_that_is_marked_for_the_next_boot_is_marked(guest: Thing, marked: bool) -> None:
    (found,) = asked(Connection({"listAllDomains": [guest]})).definitions
    assert found.marked is marked


def test_an_answer_that_never_comes_is_waited_for_a_while_only() -> None:
    released = Event()

    class Stopped(Connection):
        def __getattr__(self, listing: str) -> object:
            return released.wait

    class Deaf(Library):
        def open(self, uri: str, /) -> Connection:
            released.wait()
            return super().open(uri)

    libraries: tuple[Any, ...] = (Library(Stopped()), Deaf(Connection()))
    try:
        for library in libraries:
            with pytest.raises(InputError, match=r"took the connection and did not answer for 0.05 s"):
                ask("qemu:///system", library, seconds=0.05)
    finally:
        released.set()


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("qemu:///system", True),
        ("qemu+unix:///session", True),
        ("lxc:///", True),
        ("qemu+ssh://root@host/system", False),
        ("qemu+ssh:///system", False),
        ("test:///default", False),
    ],
)
def test_a_connection_leads_to_this_machine_or_to_another(address: str, here: bool) -> None:
    assert leads_here(address) is here


def test_what_the_hypervisor_does_not_have_is_no_mistake_and_anything_else_is() -> None:
    assert asked(Connection()).definitions == ()
    refusing = Connection(code=DENIED)
    with pytest.raises(InputError, match="qemu:///system: libvirt does not say what is defined: refused"):
        asked(refusing)
    assert refusing.closed


def test_a_driver_that_knows_no_kept_definition_is_asked_for_the_one_it_has() -> None:
    found = asked(Connection({"listAllNetworks": [Thing("lan", refuses_flags=True)]}))
    assert [item.called for item in found.definitions] == ["network/lan"]


def test_what_is_removed_meanwhile_is_omitted() -> None:
    gone = Thing("gone", desc_error=NO_DOMAIN)
    found = asked(Connection({"listAllDomains": [gone, Thing("web")]}))
    assert [item.called for item in found.definitions] == ["domain/web"]


@pytest.mark.parametrize(("text", "problem"), [("<!DOCTYPE x><x/>", "it declares a document type"), ("<x", "line 1")])
def test_a_definition_that_cannot_be_read_keeps_no_other_from_being_read(text: str, problem: str) -> None:
    found = asked(Connection({"listAllDomains": [Thing("a", text, marked=True), Thing("b")]}))
    odd, other = found.definitions
    assert odd.problem.startswith(problem)
    assert (odd.element, odd.marked, other.problem) == (None, True, "")
    assert found.passing == ()


@pytest.mark.parametrize(
    ("secret", "value"),
    [
        (Thing("u"), SecretValue.STORED),
        (Thing("u", value_error=NO_VALUE), SecretValue.ABSENT),
        (Thing("u", value_error=PRIVATE), SecretValue.UNKNOWN),
        (Thing("u", value_error=DENIED), SecretValue.UNKNOWN),
        (Thing("u", "<secret ephemeral='yes'/>", value_error=NO_VALUE), SecretValue.EPHEMERAL),
    ],
)
def test_whether_a_secret_has_a_value_is_known_as_far_as_libvirt_says(secret: Thing, value: SecretValue) -> None:
    (found,) = asked(Connection({"listAllSecrets": [secret]})).definitions
    assert found.value is value


def test_a_connection_that_cannot_be_had_is_reported_in_one_line() -> None:
    with pytest.raises(InputError, match=r"^qemu:///system: libvirt does not answer: no way to qemu:///system$"):
        ask("qemu:///system", Library(None))  # type: ignore[arg-type]  # as above


def test_a_lifecycle_for_an_address_uses_no_other() -> None:
    reference = fixed_connection.bound("tierdeps_libvirt._live_objects:PoolLifecycle", "qemu+ssh://h/system")
    module, _, name = reference.partition(":")
    kind = getattr(fixed_connection, name)
    assert (module, name.isidentifier()) == (fixed_connection.__name__, True)
    assert issubclass(kind, _live_objects.PoolLifecycle)
    assert kind.uris == ("qemu+ssh://h/system",)
    assert kind is getattr(fixed_connection, name)


@pytest.mark.parametrize("name", ["NoLifecycle_61", "PoolLifecycle_xyz", "PoolLifecycle_ff", "anything"])
def test_other_names_are_no_lifecycles(name: str) -> None:
    with pytest.raises(AttributeError, match="has no attribute"):
        getattr(fixed_connection, name)


async def _start(graph: DependencyGraph) -> dict[str, str]:
    report = await Executor(graph.collapse()).start()
    return {outcome.driver: str(outcome.state) for outcome in report.outcomes}


def test_libvirt_s_own_test_driver_is_read_and_what_is_active_there_is_adopted() -> None:
    pytest.importorskip("libvirt", reason="libvirt-python is the extra live")
    import asyncio

    found = read(Source("test:///default"))
    assert {driver.name for driver in found.drivers} == {"domain/test", "network/default", "pool/default-pool"}
    graph = DependencyGraph.of(replace(found, disabled=frozenset()))
    assert [str(edge.origin) for edge in graph.edges] == ["test:///default, domain/test"]
    assert asyncio.run(_start(graph)) == dict.fromkeys(graph.drivers, "adopted")


def test_a_bound_lifecycle_is_a_lifecycle() -> None:
    assert issubclass(getattr(fixed_connection, f"DomainLifecycle_{b'test:///default'.hex()}"), Lifecycle)
