"""Hosts of drivers, groups of hosts, and quorums in graph files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.importers.graphfile.read import KINDS, read, read_drivers
from tierdeps import DependencyGraph, InputError
from tierdeps.errors import DeclarationError
from tierdeps.model import Declarations, Process

if TYPE_CHECKING:
    from tierdeps.model import Driver

GROUPS = "[hosts]\nceph = ['ceph1', 'ceph2', 'ceph3']\nkvm = ['kvm1', 'kvm2']\n"


def hosts_of(declarations: Declarations) -> dict[str, str | None]:
    return {driver.name: driver.host for driver in declarations.drivers}


def targets_of(driver: Driver) -> list[str]:
    return [item.target for item in driver.dependencies]


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_declares_a_driver_for_each_of_its_hosts(kind: str) -> None:
    table = {
        "hosts": ["kvm1", "kvm2"],
        "requires": ["storage@{host}", {"on": "osd@*", "when": "pool.auth@{host}", "reason": "pools of {host}"}],
        "command": ["ssh", "{host}", "{instance}", "{{x}}"],
        "ready": "tcp:{host}:80",
        "env": {"HOST_{host}": "{host}"},
        "provides": ["vm-{host}"],
    }
    first, second = read_drivers({"qemu": table}, kind).drivers
    assert (first.name, first.host, second.name, second.host) == ("qemu@kvm1", "kvm1", "qemu@kvm2", "kvm2")
    assert targets_of(second) == ["storage@kvm2", "osd@*"]
    assert (second.dependencies[1].when, second.dependencies[1].reason) == ("pool.auth@kvm2", "pools of kvm2")
    assert second.process == Process(("ssh", "kvm2", "kvm2", "{x}"), "tcp:kvm2:80", (("HOST_kvm2", "kvm2"),))
    assert second.provides == ("vm-kvm2",)
    assert first.origin == second.origin
    assert first.origin.key == "drivers.qemu"


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_with_a_host_has_it_in_its_texts_and_keeps_its_name(kind: str) -> None:
    table = {"host": "kvm1", "before": ["qemu@{host}"], "description": "names of {host}", "when": "dns@{host}"}
    (driver,) = read_drivers({"dns": table}, kind).drivers
    assert (driver.name, driver.host, driver.description, driver.when) == ("dns", "kvm1", "names of kvm1", "dns@kvm1")
    assert targets_of(driver) == ["qemu@kvm1"]


@pytest.mark.parametrize("kind", KINDS)
def test_each_instance_may_have_a_host_of_its_own_or_all_the_same(kind: str) -> None:
    tables = {
        "a": {"instances": ["x", "y"], "host": "{instance}", "requires": ["b@{host}"]},
        "b": {"instances": ["x", "y"], "host": "one", "description": "{instance} on {host}"},
    }
    found = read_drivers(tables, kind).drivers
    assert [(driver.name, driver.host) for driver in found] == [
        ("a@x", "x"),
        ("a@y", "y"),
        ("b@x", "one"),
        ("b@y", "one"),
    ]
    assert targets_of(found[1]) == ["b@y"]
    assert found[3].description == "y on one"


def test_hosts_may_be_a_group() -> None:
    found = read(f"{GROUPS}[drivers.mon]\nhosts = 'ceph'\n")
    assert found.hosts == {"ceph": ("ceph1", "ceph2", "ceph3"), "kvm": ("kvm1", "kvm2")}
    assert hosts_of(found) == {"mon@ceph1": "ceph1", "mon@ceph2": "ceph2", "mon@ceph3": "ceph3"}


@pytest.mark.parametrize("late", [False, True])
def test_in_json_lines_a_group_may_stand_before_its_drivers_or_behind_them(late: bool) -> None:
    lines = [{"hosts": {"kvm": ["a", "b"]}}, {"name": "qemu", "hosts": "kvm", "requires": ["s@{host}"]}]
    found = read("\n".join(map(json.dumps, reversed(lines) if late else lines)), "jsonl")
    graph = DependencyGraph.of(found)
    assert {name: driver.host for name, driver in graph.drivers.items()} == {"qemu@a": "a", "qemu@b": "b"}
    assert targets_of(graph.drivers["qemu@b"]) == ["s@b"]


def test_in_json_lines_a_group_is_declared_once() -> None:
    with pytest.raises(InputError, match=r"line 2, hosts\.kvm: expected each of them once"):
        read('{"hosts": {"kvm": ["a"]}}\n{"hosts": {"kvm": ["b"]}}', "jsonl")


@pytest.mark.parametrize("earlier", [True, False])
def test_another_graph_may_declare_the_group(earlier: bool) -> None:
    groups = read(GROUPS, name="inventory")
    drivers = read("[drivers.qemu]\nhosts = 'kvm'\nrequires = ['storage@{host}']\ncommand = ['w', '{host}']\n")
    found = groups | drivers if earlier else drivers | groups
    assert hosts_of(found) == {"qemu@kvm1": "kvm1", "qemu@kvm2": "kvm2"}
    assert found.drivers[0].process == Process(("w", "kvm1"))


def test_an_override_changes_the_drivers_of_all_hosts_or_of_one() -> None:
    earlier = read(f"{GROUPS}[drivers.qemu]\nhosts = 'kvm'\n") | read(
        "[drivers.'qemu@*']\noverride = true\ntimeout = 5\n[drivers.'qemu@kvm2']\noverride = true\nhost = 'kvm9'\n"
    )
    assert [driver.policy.timeout for driver in earlier.drivers] == [5, 5]
    assert hosts_of(earlier) == {"qemu@kvm1": "kvm1", "qemu@kvm2": "kvm9"}


def test_a_group_has_the_same_hosts_in_each_graph() -> None:
    one, other = read("[hosts]\nkvm = ['a']"), read("[hosts]\nkvm = ['a', 'b']")
    assert (one | one).hosts == {"kvm": ("a",)}
    with pytest.raises(DeclarationError, match="hosts of group 'kvm': expected the same in each graph"):
        one | other


def test_without_hosts_braces_are_text() -> None:
    (driver,) = read("[drivers.a]\ncommand = ['echo', '{host}']").drivers
    assert driver.process == Process(("echo", "{host}"))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("host = 'a b'", "line 2, drivers.w.host: expected the name of a host"),
        ("host = ''", "line 2, drivers.w.host: expected the name of a host"),
        ('host = "a\\u0000"', "line 2, drivers.w.host: expected the name of a host"),
        ("host = '{host}'", "line 2, drivers.w.host: unknown placeholder {host}: double the braces of a text"),
        ("host = 1", "line 2, drivers.w.host: expected the name of a host"),
        ("hosts = ['a', 'a']", "line 2, drivers.w.hosts: expected hosts that differ"),
        ("hosts = ['a@b']", "line 2, drivers.w.hosts: expected the name of a host"),
        ("hosts = []", "line 2, drivers.w.hosts: expected a list of hosts, one or more, got an empty list"),
        ("hosts = 1", "line 2, drivers.w.hosts: expected a list of hosts, or the name of a group of hosts"),
        ("hosts = ['a']\nhost = 'b'", "line 3, drivers.w.host: expected host or hosts, got both"),
        ("hosts = ['a']\ninstances = ['b']", "line 2, drivers.w.hosts: expected hosts or instances, got both"),
        ("hosts = ['a']\ncommand = ['{hots}']", "unknown placeholder {hots}; did you mean {host}?"),
        ("hosts = ['a']\ncommand = ['{X}']", "unknown placeholder {X}: beside {host} and {instance}, double"),
        ("host = 'a'\ncommand = ['{instance}']", "unknown placeholder {instance}: beside {host}, double"),
        ("instances = ['a']\nhost = '{host}'", "line 3, drivers.w.host: unknown placeholder {host}: beside {instance}"),
        ("hosts = ['a']\noverride = true", "line 2, drivers.w.hosts: expected no hosts in an override"),
        ("requires = [{ on = 'm', atleast = 0 }]", "line 2, drivers.w.requires[0].atleast: expected a whole number"),
        ("requires = [{ on = 'm', atleast = true }]", "drivers.w.requires[0].atleast: expected a whole number"),
        ("wants = [{ on = 'm', atleast = 1 }]", "line 2, drivers.w.wants[0].atleast: expected this key in requires"),
        ("requires = [{ on = 'm', atleast = 1, failed = 'pass' }]", "requires[0].failed: expected nothing beside"),
        ("requires = [{ on = 'm', atleast = 1, skipped = 'block' }]", "requires[0].skipped: expected nothing beside"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(lines: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(f"[drivers.w]\n{lines}\n")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("kvm = []", "line 2, hosts.kvm: expected a list of hosts, one or more"),
        ("kvm = ['a', 'a']", "line 2, hosts.kvm: expected hosts that differ"),
        ("kvm = ['a b']", "line 2, hosts.kvm: expected the name of a host"),
        ("kvm = 'a'", "line 2, hosts.kvm: expected a list of hosts"),
    ],
)
def test_groups_that_cannot_be_are_refused(table: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(f"[hosts]\n{table}\n")
    assert message in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_quorum_is_part_of_a_requirement(kind: str) -> None:
    (driver,) = read_drivers({"osd": {"requires": [{"on": "mon@*", "atleast": 2}, "x"]}}, kind).drivers
    assert [item.coupling.atleast for item in driver.dependencies] == [2, None]
    assert driver.dependencies[0] != driver.dependencies[1]


@pytest.mark.parametrize("entry", ["a@{host}", {"on": "a", "when": "pool.auth@{host}"}])
@pytest.mark.parametrize("key", ["requires", "wants", "after", "before"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_dependency_on_the_own_host_of_a_table_without_one_is_refused(kind: str, key: str, entry: object) -> None:
    with pytest.raises(InputError) as caught:
        read_drivers({"a": {}, "b": {key: ["a", entry]}}, kind)
    assert "{host} is the host of the driver, and this table has neither host nor hosts" in str(caught.value)
    assert f"{key}[1]" in str(caught.value)
