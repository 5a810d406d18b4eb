"""What the lifecycles do with a libvirt that is played, and what they say where there is none."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from libvirt_played import NO_CONNECT, FakeLibvirt, PlayedError, Thing, context, degraded_by, played

from tierdeps import Lifecycle, RunError
from tierdeps_libvirt import tierdeps_drivers
from tierdeps_libvirt._base import ConnectedLifecycle
from tierdeps_libvirt._library import version_text
from tierdeps_libvirt.interface_netcf import InterfaceNetcfLifecycle
from tierdeps_libvirt.interface_udev import InterfaceUdevLifecycle
from tierdeps_libvirt.libxl import LibxlLifecycle
from tierdeps_libvirt.network import NetworkLifecycle
from tierdeps_libvirt.nwfilter import NwfilterLifecycle
from tierdeps_libvirt.storage import StorageLifecycle

if TYPE_CHECKING:
    from pathlib import Path

DRIVERS = {driver.name: driver for driver in tierdeps_drivers()}
CONNECTED = sorted(DRIVERS.keys() - {"nodedev-hal", "uml", "xen"})


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
def test_without_the_library_the_error_says_how_to_install_it(name: str, tmp_path: Path) -> None:
    lifecycle = lifecycle_of(name)
    assert issubclass(lifecycle, ConnectedLifecycle)
    assert played(lifecycle, None, root=tmp_path).probe(context()) == (
        "libvirt-python cannot be used (No module named 'libvirt'): pip install 'tierdeps-libvirt[live]'"
    )


@pytest.mark.parametrize("name", ["remote", "storage"])
def test_a_host_without_the_library_fails_where_a_connection_was_named(name: str, tmp_path: Path) -> None:
    lifecycle = played(lifecycle_of(name), None, root=tmp_path)
    with pytest.raises(RunError) as caught:
        lifecycle.probe(context(name, uri="test:///default"))
    assert str(caught.value) == (
        "test:///default cannot be reached: libvirt-python cannot be used (No module named 'libvirt'):"
        " pip install 'tierdeps-libvirt[live]'"
    )


def test_a_libvirt_that_does_not_answer_fails_with_its_own_message() -> None:
    libvirt = FakeLibvirt()
    libvirt.up = False
    with pytest.raises(RunError) as caught:
        played(StorageLifecycle, libvirt).probe(context())
    assert str(caught.value) == "libvirt does not answer at storage:///system: no one is at storage:///system"


def test_a_driver_that_this_libvirt_does_not_serve_is_skipped_with_the_reason() -> None:
    reason = played(lifecycle_of("lxc"), FakeLibvirt("qemu:///system")).probe(context())
    assert reason == "libvirt does not answer at lxc:///system: no one is at lxc:///system"


def test_a_driver_that_libvirt_was_built_without_is_skipped_too() -> None:
    class Without(FakeLibvirt):
        def open(self, uri: str, /) -> object:
            raise PlayedError(f"no connection driver available for {uri}", NO_CONNECT)

    reason = played(lifecycle_of("lxc"), Without()).probe(context())
    assert reason == "libvirt does not answer at lxc:///system: no connection driver available for lxc:///system"


def test_a_connection_that_lacks_the_driver_is_reported() -> None:
    libvirt = FakeLibvirt("test:///default", unsupported=["listAllNWFilters"])
    assert played(NwfilterLifecycle, libvirt).probe(context(uri="test:///default")) == (
        "the connection test:///default has no such driver:"
        " this function is not supported by the connection driver: listAllNWFilters"
    )
    assert libvirt.connected == 0


def test_no_other_connection_is_taken_silently() -> None:
    libvirt = FakeLibvirt("qemu:///system", networks=[Thing("lan", xml="<network/>")])
    lifecycle = played(NetworkLifecycle, libvirt)
    assert lifecycle.probe(context()) == (
        "libvirt does not answer at network:///system: no one is at network:///system"
    )
    with pytest.raises(RunError, match="network:///system"):
        lifecycle.initialize(context())
    assert not libvirt.networks[0].active


def test_a_probe_leaves_no_connection_open() -> None:
    libvirt = FakeLibvirt("storage:///system")
    assert played(StorageLifecycle, libvirt).probe(context()) is None
    assert libvirt.log == ["open storage:///system", "close storage:///system"]


def test_a_uri_in_the_settings_is_the_only_one_asked() -> None:
    libvirt = FakeLibvirt("test:///default", "storage:///system")
    played(StorageLifecycle, libvirt).initialize(context(uri="test:///default"))
    assert libvirt.log == ["open test:///default"]


@pytest.mark.parametrize("uri", ["", 3, ["a"]])
def test_a_uri_that_is_none_is_refused(uri: object) -> None:
    with pytest.raises(RunError, match="the setting uri: expected libvirt's name of a connection"):
        played(StorageLifecycle, FakeLibvirt()).probe(context(uri=uri))


def test_it_starts_what_is_marked_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    libvirt = FakeLibvirt(pools=[Thing("z", active=True), Thing("a"), Thing("spare", marked=False)])
    lifecycle = played(StorageLifecycle, libvirt)
    assert not lifecycle.adopt(context())
    lifecycle.initialize(context())
    lifecycle.autostart(context())
    assert caplog.messages == ["3 pools at storage:///system", "pool z: was active already", "pool a: started"]
    assert [pool.active for pool in libvirt.pools] == [True, True, False]


def test_where_all_that_is_marked_is_active_it_is_adopted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    libvirt = FakeLibvirt(pools=[Thing("a", active=True), Thing("spare", marked=False)])
    assert played(StorageLifecycle, libvirt).adopt(context())
    assert caplog.messages == ["pool a: was active already"]
    assert libvirt.connected == 0


def test_where_nothing_is_marked_nothing_is_adopted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    lifecycle = played(StorageLifecycle, FakeLibvirt(pools=[Thing("spare", marked=False, active=True)]))
    assert not lifecycle.adopt(context())
    lifecycle.initialize(context())
    lifecycle.autostart(context())
    assert caplog.messages == ["1 pool at storage:///system", "no pool is marked autostart"]


def test_all_that_failed_is_named_in_libvirt_s_words_and_the_driver_is_degraded() -> None:
    pools = (
        Thing("a", refusals=[PlayedError("no\nfolder")]),
        Thing("b"),
        Thing("c", refusals=[PlayedError("no device")]),
    )
    libvirt = FakeLibvirt(pools=pools)
    lifecycle, told = played(StorageLifecycle, libvirt), context()
    lifecycle.initialize(context())
    lifecycle.autostart(told)
    assert degraded_by(told) == ["pool a: no folder", "pool c: no device"]
    assert libvirt.pools[1].active


def test_a_connection_that_is_lost_is_a_failure_and_no_missing_part() -> None:
    libvirt = FakeLibvirt(pools=[Thing("a"), Thing("b")])

    def lose(thing: Thing) -> None:
        libvirt.alive = False
        raise PlayedError("End of file while reading data")

    libvirt.pools[0].after = lose
    libvirt.pools[0].isActive = lambda: 0  # type: ignore[method-assign]
    lifecycle = played(StorageLifecycle, libvirt)
    lifecycle.initialize(context())
    with pytest.raises(RunError, match="pool b: it was not tried: the connection to libvirt was lost"):
        lifecycle.autostart(context())


def test_pools_stay_up_at_stop_and_the_connection_is_closed_once() -> None:
    libvirt = FakeLibvirt("storage:///system", pools=[Thing("a")])
    lifecycle = played(StorageLifecycle, libvirt)
    lifecycle.initialize(context())
    lifecycle.autostart(context())
    lifecycle.stop(context())
    lifecycle.stop(context())
    assert libvirt.log == ["open storage:///system", "close storage:///system"]
    assert libvirt.pools[0].log == ["create"]


def test_stopping_what_never_connected_does_nothing() -> None:
    libvirt = FakeLibvirt()
    played(StorageLifecycle, libvirt).stop(context())
    assert libvirt.log == []


def test_a_daemon_that_goes_away_after_the_probe_fails_the_phase() -> None:
    libvirt = FakeLibvirt()
    lifecycle = played(StorageLifecycle, libvirt)
    assert lifecycle.probe(context()) is None
    libvirt.up = False
    with pytest.raises(RunError, match="does not answer at storage:///system"):
        lifecycle.initialize(context())


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
    assert played(LibxlLifecycle, FakeLibvirt("xen:///system"), root=tmp_path).probe(context()) == said


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
        "netcf": played(InterfaceNetcfLifecycle, libvirt, root=tmp_path).probe(context()),
        "udev": played(InterfaceUdevLifecycle, libvirt, root=tmp_path).probe(context()),
    }
    assert reasons.pop(backend) is None
    assert all("netcf" in str(reason) for reason in reasons.values())


def test_where_no_libvirt_is_found_udev_is_asked(tmp_path: Path) -> None:
    libvirt = FakeLibvirt("interface:///system")
    assert played(InterfaceUdevLifecycle, libvirt, root=tmp_path).probe(context()) is None
    assert played(InterfaceNetcfLifecycle, libvirt, root=tmp_path).probe(context()) is not None
