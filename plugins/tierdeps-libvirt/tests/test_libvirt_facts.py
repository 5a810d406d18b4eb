"""Facts are what the live configuration says, in time, or nothing."""

from __future__ import annotations

import sys
from threading import Event
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

import pytest
from libvirt_played import FakeLibvirt, PlayedError, Thing

from tierdeps import Settings
from tierdeps_libvirt import tierdeps_drivers, tierdeps_facts
from tierdeps_libvirt._facts import host_facts
from tierdeps_libvirt._library import load_library

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ("domain.network", "domain.nwfilter", "domain.secret", "domain.volume", "pool.auth", "pool.vhba")
RBD = "<pool type='rbd'><source><auth type='ceph'><secret usage='a'/></auth></source></pool>"
ADAPTER = "<pool type='scsi'><source><adapter type='fc_host' wwnn='1' wwpn='2'/></source></pool>"
ON_A_VOLUME = "<domain><devices><disk type='volume'/></devices></domain>"


def facts_of(libvirt: FakeLibvirt, **settings: object) -> Mapping[str, bool]:
    found = host_facts(settings, lambda: libvirt)
    assert libvirt.connected == 0
    return found


def true_of(libvirt: FakeLibvirt) -> set[str]:
    return {name for name, holds in facts_of(libvirt).items() if holds}


def test_an_empty_host_states_that_nothing_holds() -> None:
    assert facts_of(FakeLibvirt()) == dict.fromkeys(NAMES, False)


def test_what_is_marked_counts() -> None:
    assert true_of(FakeLibvirt(pools=[Thing("a", xml=RBD)])) == {"pool.auth"}
    assert true_of(FakeLibvirt(pools=[Thing("a", xml=ADAPTER)])) == {"pool.vhba"}
    assert true_of(FakeLibvirt(domains=[Thing("a", xml=ON_A_VOLUME)])) == {"domain.volume"}
    assert true_of(FakeLibvirt(pools=[Thing("a", xml=RBD, marked=False, active=True)])) == set()


def test_a_guest_that_runs_counts_too_since_its_hypervisor_reconnects_to_it() -> None:
    guest = Thing("a", xml=ON_A_VOLUME, marked=False, active=True)
    assert true_of(FakeLibvirt(domains=[guest])) == {"domain.volume"}
    assert true_of(FakeLibvirt(domains=[Thing("a", xml=ON_A_VOLUME, marked=False)])) == set()


def test_what_no_connection_knows_is_not_stated() -> None:
    libvirt = FakeLibvirt("storage:///system", unsupported=["listAllDomains"])
    assert facts_of(libvirt) == {"pool.auth": False, "pool.vhba": False}


def test_a_guest_that_is_gone_while_asked_for_is_passed_over() -> None:
    gone = Thing("a")

    def forget(_: int = 0, /) -> NoReturn:
        raise PlayedError("Domain not found", 42)

    gone.XMLDesc = forget  # type: ignore[method-assign]
    assert true_of(FakeLibvirt(domains=[gone, Thing("b", xml=ON_A_VOLUME)])) == {"domain.volume"}


def test_half_an_answer_is_none() -> None:
    broken = Thing("a")

    def fail(_: int = 0, /) -> NoReturn:
        raise PlayedError("End of file while reading data")

    broken.XMLDesc = fail  # type: ignore[method-assign]
    assert facts_of(FakeLibvirt(pools=[Thing("a", xml=RBD)], domains=[broken])) == {}


def test_without_the_library_nothing_is_stated() -> None:
    def load() -> NoReturn:
        raise ModuleNotFoundError("No module named 'libvirt'")

    assert host_facts({}, load) == {}


def test_where_nobody_answers_nothing_is_stated() -> None:
    libvirt = FakeLibvirt()
    libvirt.up = False
    assert facts_of(libvirt) == {}
    assert facts_of(FakeLibvirt(), uri=3) == {}


@pytest.mark.parametrize("uri", ["\udcff", "a\0b"])
def test_an_address_that_is_no_text_states_nothing(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    """The library itself raises ValueError for it, and the start of the drivers reports it."""
    libvirt = FakeLibvirt()

    def refuse(name: str) -> NoReturn:
        name.encode()
        raise ValueError("embedded null character")

    for method in ("open", "openReadOnly"):
        monkeypatch.setattr(libvirt, method, refuse, raising=False)
    assert facts_of(libvirt, uri=uri) == {}


def test_one_that_hangs_states_nothing() -> None:
    let_go = Event()

    def load() -> FakeLibvirt:
        let_go.wait()
        return FakeLibvirt()

    try:
        assert host_facts({}, load, seconds=0.05) == {}
        assert host_facts({"facts_timeout": 0.05}, load, seconds=3600) == {}
    finally:
        let_go.set()


def test_connections_to_all_hosts_of_a_fleet_say_nothing_of_this_one() -> None:
    assert host_facts({"uri": "qemu+tls://{host}/system"}, FakeLibvirt) == {}


def test_the_settings_say_how_long_it_may_take() -> None:
    assert host_facts({"facts_timeout": 60}, FakeLibvirt, seconds=0) == dict.fromkeys(NAMES, False)
    assert host_facts({"facts_timeout": "soon"}, FakeLibvirt) == {}


def test_the_hook_asks_the_connection_of_the_settings() -> None:
    pytest.importorskip("libvirt", reason="libvirt-python is not installed: pip install 'tierdeps-libvirt[live]'")
    found = tierdeps_facts(Settings(defaults={"uri": "test:///default"}))
    assert set(found) == set(NAMES)
    assert not found["pool.auth"]


def test_a_folder_that_is_called_like_the_library_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ModuleType("libvirt")
    folder.__path__ = ["/etc/libvirt"]
    monkeypatch.setitem(sys.modules, "libvirt", folder)
    with pytest.raises(ImportError, match="/etc/libvirt is no libvirt-python"):
        load_library()
    assert host_facts({}) == {}


def test_the_names_of_all_facts_are_reported_without_asking_libvirt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libvirt", None)
    assert set(tierdeps_facts(Settings(), names_only=True)) == set(NAMES)
    assert tierdeps_facts(Settings()) == {}


def test_every_condition_of_a_driver_is_one_of_them() -> None:
    conditions = {item.when for driver in tierdeps_drivers() for item in driver.dependencies} - {None}
    assert conditions == set(NAMES)
