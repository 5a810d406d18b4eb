"""What the life cycles do with a libvirt that is played, and what they say where there is none."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

import pytest

from tierdeps import Context, Lifecycle, RunError
from tierdeps_libvirt import tierdeps_drivers
from tierdeps_libvirt._base import AutostartLifecycle, ConnectedLifecycle
from tierdeps_libvirt._library import version_text
from tierdeps_libvirt.interface_netcf import InterfaceNetcfLifecycle
from tierdeps_libvirt.interface_udev import InterfaceUdevLifecycle
from tierdeps_libvirt.libxl import LibxlLifecycle
from tierdeps_libvirt.remote import RemoteLifecycle

if TYPE_CHECKING:
    from pathlib import Path

    from tierdeps_libvirt._library import Connection, Library

DRIVERS = {driver.name: driver for driver in tierdeps_drivers()}
CONNECTED = sorted(DRIVERS.keys() - {"nodedev-hal", "uml", "xen"})


class RefusedError(Exception):
    """What this libvirt raises."""


class Pool:
    def __init__(self, name: str, *, marked: bool, active: bool) -> None:
        self._name, self._marked, self._active = name, marked, active

    def name(self) -> str:
        return self._name

    def autostart(self) -> int:
        return int(self._marked)

    def isActive(self) -> int:  # noqa: N802 - libvirt's name
        return int(self._active)


class FakeConnection:
    def __init__(self, libvirt: FakeLibvirt, uri: str) -> None:
        self._libvirt, self._uri = libvirt, uri

    def close(self) -> int:
        self._libvirt.log.append(f"close {self._uri}")
        return 0

    def getURI(self) -> str:  # noqa: N802 - libvirt's name
        return self._uri

    def getLibVersion(self) -> int:  # noqa: N802 - libvirt's name
        return 9_000_000

    def __getattr__(self, name: str) -> object:
        if not name.startswith("listAll"):
            raise AttributeError(name)
        return lambda: self._libvirt.pools


class FakeLibvirt:
    """A libvirt that answers at some addresses."""

    libvirtError: type[Exception] = RefusedError  # noqa: N815 - libvirt's name

    def __init__(self, *answering: str, pools: tuple[Pool, ...] = ()) -> None:
        self.answering, self.pools = answering, pools
        self.log: list[str] = []

    def open(self, uri: str, /) -> Connection:
        if uri not in self.answering:
            raise self.libvirtError(f"no one\n is at {uri}")
        self.log.append(f"open {uri}")
        return FakeConnection(self, uri)


def played(base: type[ConnectedLifecycle], libvirt: FakeLibvirt | None) -> ConnectedLifecycle:
    """Make a life cycle that meets this libvirt; with None, a host without libvirt-python."""

    class Played(base):  # type: ignore[valid-type,misc]  # the base is what is tested
        def library(self) -> Library:
            if libvirt is None:
                raise ModuleNotFoundError("No module named 'libvirt'")
            return libvirt

    lifecycle: ConnectedLifecycle = Played()
    return lifecycle


def at(base: type[ConnectedLifecycle], root: Path, libvirt: FakeLibvirt | None) -> Lifecycle:
    """Make one that looks at the host below this folder."""
    lifecycle = played(base, libvirt)
    type(lifecycle).root = root
    return lifecycle


class Storage(AutostartLifecycle):
    uris: ClassVar[tuple[str, ...]] = ("storage:///system",)
    noun: ClassVar[str] = "storage pool"
    listing: ClassVar[str] = "listAllStoragePools"


def context(**settings: object) -> Context:
    return Context("storage", "probe", settings=settings, deadline=1.0, clock=lambda: 0.0, look_up=lambda *_: None)


def lifecycle_of(name: str) -> type[Lifecycle]:
    module, _, attribute = str(DRIVERS[name].lifecycle).partition(":")
    found: type[Lifecycle] = getattr(import_module(module), attribute)
    return found


@pytest.mark.parametrize("name", DRIVERS)
def test_every_lifecycle_has_a_method_for_each_phase_or_nothing_to_do(name: str) -> None:
    lifecycle = lifecycle_of(name)
    if name in CONNECTED:
        assert all(callable(getattr(lifecycle, phase)) for phase in DRIVERS[name].phases)
    else:
        assert not hasattr(lifecycle, "initialize")


@pytest.mark.parametrize(("name", "version"), [("nodedev-hal", "6.8.0"), ("uml", "5.0.0"), ("xen", "4.3.0")])
def test_what_libvirt_has_dropped_says_since_when(name: str, version: str) -> None:
    assert f"since {version}" in str(lifecycle_of(name)().probe(context()))


@pytest.mark.parametrize("name", sorted({*CONNECTED} - {"interface-netcf", "libxl"}))
def test_a_host_without_the_library_is_told_how_to_get_it(name: str, tmp_path: Path) -> None:
    lifecycle = lifecycle_of(name)
    assert issubclass(lifecycle, ConnectedLifecycle)
    assert at(lifecycle, tmp_path, None).probe(context()) == (
        "libvirt-python cannot be used (No module named 'libvirt'): pip install 'tierdeps-libvirt[live]'"
    )


def test_a_daemon_that_is_not_there_is_said_in_its_own_words() -> None:
    reason = played(Storage, FakeLibvirt()).probe(context())
    assert reason == "libvirt does not answer at storage:///system: no one is at storage:///system"


def test_a_probe_leaves_no_connection_open() -> None:
    libvirt = FakeLibvirt("storage:///system")
    assert played(Storage, libvirt).probe(context()) is None
    assert libvirt.log == ["open storage:///system", "close storage:///system"]


def test_remote_takes_whoever_answers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    played(RemoteLifecycle, FakeLibvirt("xen:///system")).initialize(context())
    assert caplog.messages == ["libvirt 9.0.0 answers at xen:///system"]


def test_remote_names_every_place_where_it_has_asked() -> None:
    reason = played(RemoteLifecycle, FakeLibvirt()).probe(context())
    assert str(reason).endswith("; nor at lxc:///system, xen:///system, secret:///system")


def test_a_uri_in_the_settings_is_the_only_one_asked() -> None:
    libvirt = FakeLibvirt("test:///default", "storage:///system")
    played(Storage, libvirt).initialize(context(uri="test:///default"))
    assert libvirt.log == ["open test:///default"]


def test_it_tells_what_is_marked_and_not_active_and_starts_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    pools = (Pool("a", marked=True, active=True), Pool("rbd", marked=True, active=False))
    spare = Pool("spare", marked=False, active=False)
    lifecycle = played(Storage, FakeLibvirt("storage:///system", pools=(*pools, spare)))
    assert isinstance(lifecycle, AutostartLifecycle)
    lifecycle.initialize(context())
    lifecycle.autostart(context())
    assert caplog.messages == [
        "3 storage pools",
        "2 storage pools marked autostart, 1 active",
        "storage pool rbd is marked autostart, and is not active",
    ]


def test_stopping_closes_the_connection_once() -> None:
    libvirt = FakeLibvirt("storage:///system")
    lifecycle = played(Storage, libvirt)
    lifecycle.initialize(context())
    lifecycle.stop(context())
    lifecycle.stop(context())
    assert libvirt.log == ["open storage:///system", "close storage:///system"]


def test_stopping_what_never_connected_does_nothing() -> None:
    played(Storage, FakeLibvirt()).stop(context())


def test_a_daemon_that_goes_away_after_the_probe_fails_the_phase() -> None:
    with pytest.raises(RunError, match="does not answer at storage:///system"):
        played(Storage, FakeLibvirt()).initialize(context())


def test_it_counts_in_words() -> None:
    assert played(Storage, None)._counted(1) == "1 storage pool"
    assert played(Storage, None)._counted(0) == "0 storage pools"


def test_a_version_is_spelled() -> None:
    assert version_text(9_001_012) == "9.1.12"


@pytest.mark.parametrize(
    ("capabilities", "said"),
    [
        (None, "this host does not run under Xen: there is no /proc/xen/capabilities"),
        ("", "this host is a Xen guest, not its control domain: /proc/xen/capabilities is without control_d"),
        ("control_d\n", None),
    ],
)
def test_libxl_needs_a_control_domain(tmp_path: Path, capabilities: str | None, said: str | None) -> None:
    if capabilities is not None:
        (tmp_path / "proc/xen").mkdir(parents=True)
        (tmp_path / "proc/xen/capabilities").write_text(capabilities, encoding="ascii")
    assert at(LibxlLifecycle, tmp_path, FakeLibvirt("xen:///system")).probe(context()) == said


@pytest.mark.parametrize("folder", ["usr/lib64", "usr/lib/x86_64-linux-gnu"])
@pytest.mark.parametrize("backend", ["netcf", "udev"])
def test_interfaces_are_read_by_the_backend_that_libvirt_was_built_on(
    tmp_path: Path, folder: str, backend: str
) -> None:
    module = tmp_path / folder / "libvirt/connection-driver/libvirt_driver_interface.so"
    module.parent.mkdir(parents=True)
    module.write_bytes(b"\x7fELF\0lib" + backend.encode() + b".so.1\0")
    libvirt = FakeLibvirt("interface:///system")
    reasons = {
        "netcf": at(InterfaceNetcfLifecycle, tmp_path, libvirt).probe(context()),
        "udev": at(InterfaceUdevLifecycle, tmp_path, libvirt).probe(context()),
    }
    assert reasons.pop(backend) is None
    assert all("netcf" in str(reason) for reason in reasons.values())


def test_where_no_libvirt_is_found_udev_is_asked(tmp_path: Path) -> None:
    libvirt = FakeLibvirt("interface:///system")
    assert at(InterfaceUdevLifecycle, tmp_path, libvirt).probe(context()) is None
    assert at(InterfaceNetcfLifecycle, tmp_path, libvirt).probe(context()) is not None
