"""Hosts of drivers: what can be declared, and what a plan says of it."""

from __future__ import annotations

import pytest

from tierdeps.errors import DeclarationError
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Plan
from tierdeps.model.hosts import facts_of_host, sorted_hosts

DIGEST = "sha256:b556ec36a6ae33938852112828552201b9d171364a590dc2ee6cc2fd1f01a318"
NO_HOSTS = ["", " ", "a b", "a@b", "a:b", "*", "kvm*", "{host}", 1, ("kvm1",)]


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
