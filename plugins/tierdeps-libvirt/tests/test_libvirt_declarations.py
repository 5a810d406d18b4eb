"""What the plugin declares: every driver in its place, every need with its reason, an order on every host."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tierdeps_libvirt
from tierdeps import DependencyGraph, OnFailure
from tierdeps_libvirt import tierdeps_drivers, tierdeps_tiers

if TYPE_CHECKING:
    from tierdeps import Driver

DRIVERS = {driver.name: driver for driver in tierdeps_drivers()}
TIERS = {
    "connection": {"remote"},
    "core": {
        "config",
        "interface-netcf",
        "interface-udev",
        "network",
        "nodedev-hal",
        "nodedev-udev",
        "nwfilter",
        "secret",
        "storage",
        "virtinterfaced",
        "virtnetworkd",
        "virtnodedevd",
        "virtnwfilterd",
        "virtsecretd",
        "virtstoraged",
    },
    "hypervisor": {"libxl", "lxc", "qemu", "uml", "virtlxcd", "virtqemud", "virtxend", "xen"},
}
BOTH = {"libxl", "lxc", "network", "qemu", "storage", "uml"}
every_driver = pytest.mark.parametrize("driver", DRIVERS.values(), ids=DRIVERS)


def graph(**facts: bool) -> DependencyGraph:
    """Build the graph of a host of which these facts hold; in their names an underscore stands for the dot."""
    stated = {name.replace("_", "."): holds for name, holds in facts.items()}
    return DependencyGraph(DRIVERS.values(), tierdeps_tiers(), facts=stated)


def test_there_are_twenty_four_drivers_in_three_tiers() -> None:
    found = {tier: {name for name, driver in DRIVERS.items() if driver.tier == tier} for tier in TIERS}
    assert found == TIERS
    assert len(DRIVERS) == 24


def test_the_tiers_have_one_order() -> None:
    assert graph().tier_order.names == tuple(TIERS)
    assert graph().tier_order.unordered == ()


@every_driver
def test_every_driver_is_declared_in_a_file_of_its_own(driver: Driver) -> None:
    file = f"tierdeps_libvirt/{driver.name.replace('-', '_')}.py"
    assert driver.origin.file == file
    assert {item.origin.file for item in driver.dependencies} <= {file}


@every_driver
def test_an_origin_is_the_line_of_the_declaration(driver: Driver) -> None:
    lines = (Path(tierdeps_libvirt.__file__).parent / Path(driver.origin.file).name).read_text("utf-8").splitlines()
    assert lines[(driver.origin.line or 0) - 1] == "DRIVER = Driver("
    for item in driver.dependencies:
        assert lines[(item.origin.line or 0) - 1].strip().removeprefix("dependencies=(").startswith(f"{item.kind}(")


@every_driver
def test_a_driver_has_the_phases_that_it_has_in_libvirt(driver: Driver) -> None:
    assert driver.phases == (("initialize", "autostart") if driver.name in BOTH else ("initialize",))


@every_driver
def test_every_dependency_says_why_and_where_that_was_read(driver: Driver) -> None:
    for item in driver.dependencies:
        assert "(libvirt " in item.reason, item


@every_driver
def test_a_driver_that_fails_stops_no_other_one(driver: Driver) -> None:
    assert driver.policy.on_failure is OnFailure.ISOLATE


@every_driver
def test_every_driver_says_what_it_is(driver: Driver) -> None:
    assert driver.description


def test_no_file_is_omitted() -> None:
    package = Path(tierdeps_libvirt.__file__).parent
    files = {path.stem for path in package.glob("*.py") if not path.name.startswith("_")}
    assert files == {name.replace("-", "_") for name in DRIVERS}


def test_the_worst_case_has_nothing_wrong_with_it() -> None:
    worst = graph().with_all_facts()
    assert worst.cycles() == ()
    assert worst.inversions == ()
    assert worst.unresolved == ()
    assert worst.conflicts == ()


def test_every_host_has_an_order_with_storage_before_qemu() -> None:
    names = graph().mentioned_facts
    assert names == ("domain.network", "domain.nwfilter", "domain.secret", "domain.volume", "pool.auth", "pool.vhba")
    for holds in product((False, True), repeat=len(names)):
        facts = dict(zip(names, holds, strict=True))
        plan = DependencyGraph(DRIVERS.values(), tierdeps_tiers(), facts=facts).collapse()
        place = {driver.name: index for index, driver in enumerate(plan)}
        assert max(place[name] for name in ("storage", "network", "nwfilter", "secret")) < place["qemu"]


def test_pools_with_a_key_wait_for_the_connection_to_the_secrets() -> None:
    core = graph(pool_auth=True).collapse().tiers[1]
    assert core.stages[2:] == (("config",), ("storage",))


def test_without_such_pools_storage_waits_for_the_secrets_only() -> None:
    core = graph(pool_auth=False).collapse().tiers[1]
    assert core.stages[2:] == (("config", "storage"),)


@pytest.mark.parametrize(
    ("driver", "needed"),
    [("qemu", {"storage", "network", "nwfilter", "secret"}), ("lxc", {"network", "nwfilter"}), ("libxl", {"network"})],
)
def test_hypervisors_come_after_what_their_guests_stand_on(driver: str, needed: set[str]) -> None:
    always = {edge.needed.driver for edge in graph().edges if edge.dependent.driver == driver and edge.kind == "after"}
    assert always == needed


def edges(driver: str, **facts: bool) -> set[str]:
    """Say what a driver needs on a host, but for the order, and for its own daemon."""
    found = (edge for edge in graph(**facts).edges if edge.dependent.driver == driver and edge.kind != "after")
    needed = (edge for edge in found if not edge.needed.driver.startswith("virt"))
    return {f"{edge.dependent.phase} {edge.kind} {edge.needed.driver}" for edge in needed}


@pytest.mark.parametrize(
    ("driver", "daemon"),
    [
        ("secret", "virtsecretd"),
        ("network", "virtnetworkd"),
        ("nwfilter", "virtnwfilterd"),
        ("nodedev-udev", "virtnodedevd"),
        ("interface-udev", "virtinterfaced"),
        ("interface-netcf", "virtinterfaced"),
        ("storage", "virtstoraged"),
        ("qemu", "virtqemud"),
        ("lxc", "virtlxcd"),
        ("libxl", "virtxend"),
    ],
)
def test_a_driver_requires_its_daemon(driver: str, daemon: str) -> None:
    found = {(edge.kind, edge.needed.driver) for edge in graph().edges if edge.dependent.driver == driver}
    assert ("requires", daemon) in found


def test_the_daemon_that_kills_guests_comes_after_the_pools_on_every_host() -> None:
    plan = graph().collapse()
    place = {driver.name: index for index, driver in enumerate(plan)}
    assert place["storage"] < place["virtqemud"] < place["qemu"]


def test_a_filter_that_fails_kills_no_running_guest_and_keeps_others_from_starting() -> None:
    needed = edges("qemu", domain_nwfilter=True)
    assert {"initialize wants nwfilter", "autostart requires nwfilter"} <= needed
    assert "initialize requires nwfilter" not in needed


def test_guests_of_xen_need_networks_and_secrets_as_those_of_qemu_do() -> None:
    assert edges("libxl") == set()
    assert edges("libxl", domain_network=True) == {"autostart requires network", "autostart requires remote"}
    assert edges("libxl", domain_secret=True) == {"autostart requires secret", "autostart requires remote"}


def test_pools_behind_an_adapter_of_their_own_need_the_host_s_devices() -> None:
    assert edges("storage", pool_vhba=True) == {"autostart requires nodedev-udev"}


def test_the_connection_to_the_secrets_is_the_only_provider() -> None:
    assert graph().resolver.providers == {"secret-lookup": ("config",)}
