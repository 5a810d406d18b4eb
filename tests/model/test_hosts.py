"""Hosts of drivers: what can be declared, and what a plan says of it."""

from __future__ import annotations

import pytest

from tierdeps.errors import DeclarationError
from tierdeps.graph import DependencyGraph
from tierdeps.model import Declarations, Driver, Plan, requires, wants
from tierdeps.model.hosts import facts_of_host, sorted_hosts

DIGEST = "sha256:b556ec36a6ae33938852112828552201b9d171364a590dc2ee6cc2fd1f01a318"
NO_HOSTS = ["", " ", "a b", "a@b", "a:b", "*", "kvm*", "{host}", "a\x00", "a\x1b[31m", "\u200b", "\ud800", 1, ("kvm1",)]


def plan_of(*drivers: Driver) -> Plan:
    return DependencyGraph(drivers).collapse()


def test_a_driver_has_no_host_unless_one_is_declared() -> None:
    assert (Driver("a").host, Driver("a").hosts) == (None, ())


@pytest.mark.parametrize("host", NO_HOSTS)
def test_what_cannot_be_a_host_is_refused(host: object) -> None:
    with pytest.raises(DeclarationError, match=r"^host of driver 'a'"):
        Driver("a", host=host)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", NO_HOSTS)
def test_what_cannot_be_one_of_several_hosts_is_refused(host: object) -> None:
    with pytest.raises(DeclarationError, match=r"^hosts of driver 'a'"):
        Driver("a", hosts=("kvm1", host))  # type: ignore[arg-type]


@pytest.mark.parametrize("hosts", [("kvm1", "kvm1"), {"kvm1"}, 1])
def test_what_is_no_list_of_different_hosts_is_refused(hosts: object) -> None:
    with pytest.raises(DeclarationError, match=r"^hosts of driver 'a'"):
        Driver("a", hosts=hosts)  # type: ignore[arg-type]


def test_a_driver_has_a_host_or_hosts() -> None:
    with pytest.raises(DeclarationError, match="host or hosts, not both"):
        Driver("a", host="kvm1", hosts=("kvm1",))


def test_a_planned_driver_has_its_host() -> None:
    plan = plan_of(Driver("a", host="kvm1"), Driver("b"))
    assert {driver.name: driver.host for driver in plan} == {"a": "kvm1", "b": None}


def test_the_host_of_a_driver_is_part_of_the_digest() -> None:
    digests = {plan_of(Driver("a", host=host)).digest for host in (None, "kvm1", "kvm2")}
    assert len(digests) == 3


def test_without_hosts_the_digest_is_what_it_was_before_there_were_hosts() -> None:
    assert plan_of(Driver("a")).digest == DIGEST


def test_facts_of_a_host_have_its_name() -> None:
    assert facts_of_host({"pool.auth": True, "b": False}, "kvm1") == {"pool.auth@kvm1": True, "b@kvm1": False}


def test_hosts_are_listed_once_and_sorted() -> None:
    assert sorted_hosts(["b", None, "a", "b"]) == ("a", "b")


def test_the_host_stands_in_targets_and_facts_beside_it() -> None:
    driver = Driver(
        "dns",
        host="kvm1",
        when="dns@{host}",
        dependencies=(requires("storage@{host}", when="pool@{host}", reason="{host}"), wants("log")),
        description="{host}",
    )
    assert driver.when == "dns@kvm1"
    assert [(item.target, item.when) for item in driver.dependencies] == [("storage@kvm1", "pool@kvm1"), ("log", None)]
    assert (driver.description, driver.dependencies[0].reason) == ("{host}", "{host}")


def test_hosts_make_a_driver_for_each_in_a_graph() -> None:
    qemu = Driver("qemu", hosts=("kvm1", "kvm2"), dependencies=(requires("storage@{host}"),), description="on {host}")
    storage = Driver("storage", hosts="kvm")
    graph = DependencyGraph((qemu, storage), hosts={"kvm": ("kvm1", "kvm2")})
    assert {name: driver.host for name, driver in graph.drivers.items()} == {
        "qemu@kvm1": "kvm1",
        "qemu@kvm2": "kvm2",
        "storage@kvm1": "kvm1",
        "storage@kvm2": "kvm2",
    }
    assert [(str(edge.dependent), str(edge.needed)) for edge in graph.edges] == [
        ("qemu@kvm1:start", "storage@kvm1:start"),
        ("qemu@kvm2:start", "storage@kvm2:start"),
    ]
    assert graph.drivers["qemu@kvm2"].description == "on kvm2"
    assert graph.drivers["qemu@kvm2"].origin == qemu.origin
    assert DependencyGraph.of(graph.declarations).drivers == graph.drivers


def test_braces_that_mean_nothing_are_refused_in_a_driver_with_hosts() -> None:
    with pytest.raises(DeclarationError, match=r"no braces but \{host\} and \{instance\} and doubled ones"):
        DependencyGraph((Driver("a", hosts=("x",), description="{hots}"),))


def test_declarations_are_merged_with_their_groups() -> None:
    one = Declarations((Driver("a", hosts="g"),))
    other = Declarations((Driver("b", hosts="h"),), hosts={"g": ("x",)})
    merged = one | other
    assert [driver.name for driver in merged.drivers] == ["a@x", "b"]
    assert [driver.name for driver in (merged | Declarations(hosts={"h": ("y",)})).drivers] == ["a@x", "b@y"]


@pytest.mark.parametrize("number", [0, -1, True, 1.5, "2"])
def test_a_quorum_is_a_number_of_drivers(number: object) -> None:
    with pytest.raises(DeclarationError, match="atleast of requires"):
        requires("a", atleast=number)  # type: ignore[arg-type]
