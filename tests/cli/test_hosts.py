"""What commands answer of a graph with hosts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.test_schemas import VALIDATORS

if TYPE_CHECKING:
    from tests.cli.conftest import Ask

FLEET = """
[hosts]
ceph = ["ceph1", "ceph2", "ceph3"]
kvm = ["kvm1", "kvm2"]
[facts]
"pool.auth@kvm1" = true
"pool.auth@kvm2" = false
[drivers.mon]
hosts = "ceph"
[drivers.secret]
hosts = "kvm"
[drivers.pool]
hosts = "kvm"
requires = [{ on = "mon@*", atleast = 2 }, { on = "secret@{host}", when = "pool.auth@{host}" }]
[drivers.dns]
host = "kvm1"
requires = ["pool@{host}"]
"""


@pytest.fixture(autouse=True)
def fleet(ask: Ask) -> None:
    Path("fleet.toml").write_text(FLEET)
    Path("moved.toml").write_text(FLEET.replace('host = "kvm1"', 'host = "kvm2"').replace("atleast = 2", "atleast = 3"))


def document(ask: Ask, *arguments: str) -> Any:
    answer = ask(*arguments, "--format", "json")
    assert answer.code == 0
    found = json.loads(answer.out)
    name = found["schema"].split("/")[1]
    if name in VALIDATORS:
        VALIDATORS[name].validate(found)
    return found


def test_order_says_where_each_driver_runs(ask: Ask) -> None:
    assert "  3  dns          (on kvm1)" in ask("order", "fleet.toml").out
    drivers = document(ask, "order", "fleet.toml")["drivers"]
    assert {name: driver["host"] for name, driver in drivers.items()} == {
        "mon@ceph1": "ceph1",
        "mon@ceph2": "ceph2",
        "mon@ceph3": "ceph3",
        "secret@kvm1": "kvm1",
        "secret@kvm2": "kvm2",
        "pool@kvm1": "kvm1",
        "pool@kvm2": "kvm2",
        "dns": "kvm1",
    }


def test_check_counts_hosts(ask: Ask) -> None:
    assert ask("check", "fleet.toml").out == "8 drivers, 5 dependencies, 1 tier, 5 hosts: no problems found\n"
    assert document(ask, "check", "fleet.toml")["summary"]["hosts"] == 5


def test_the_facts_of_one_host_concern_that_host_alone(ask: Ask) -> None:
    tiers = document(ask, "order", "fleet.toml")["tiers"]
    assert tiers[0]["stages"][1:] == [["pool@kvm1", "pool@kvm2"], ["dns"]]
    answer = ask("why", "pool@kvm2", "secret@kvm2", "--graph", "fleet.toml")
    assert "pool@kvm2 would depend on secret@kvm2 when pool.auth@kvm2" in answer.out
    assert (
        "pool@kvm1 depends on secret@kvm1, directly"
        in ask("why", "pool@kvm1", "secret@kvm1", "--graph", "fleet.toml").out
    )


def test_why_says_where_a_driver_runs_and_of_which_quorum_it_waits(ask: Ask) -> None:
    assert ask("why", "dns", "--graph", "fleet.toml").out.startswith("dns: stage 3 of 3, on kvm1\n")
    found = document(ask, "why", "dns", "--graph", "fleet.toml")
    assert found["host"] == "kvm1"
    assert found["stage"]["because"][1]["atleast"] == 2
    assert "pool@kvm1 requires mon@ceph1, atleast = 2 of mon@*" in ask("why", "pool@kvm1", "--graph", "fleet.toml").out


def test_diff_says_which_driver_is_on_another_host_and_which_quorum_changed(ask: Ask) -> None:
    said = ask("diff", "fleet.toml", "moved.toml").out
    assert "  ~ dns: host kvm1 -> kvm2\n" in said
    assert "atleast = 3" in said
    altered = document(ask, "diff", "fleet.toml", "moved.toml")["drivers"]["altered"]
    assert [(item["name"], item["old"]["host"], item["new"]["host"]) for item in altered] == [("dns", "kvm1", "kvm2")]


def test_a_lock_has_hosts_and_quorums(ask: Ask) -> None:
    assert ask("lock", "fleet.toml").code == 0
    VALIDATORS["lock"].validate(json.loads(Path("tierdeps.lock").read_text()))
    assert ask("lock", "--check", "fleet.toml").code == 0
    assert (
        ask("order", "--locked", "fleet.toml", "--format", "json").out
        == ask("order", "fleet.toml", "--format", "json").out
    )
    answer = ask("order", "--locked", "moved.toml")
    assert answer.code == 1
    assert "dns runs on kvm2 now, and ran on kvm1" in answer.err
    assert "pool@kvm1 now waits for mon@ceph1 (requires, atleast = 3 of mon@*)" in answer.err


@pytest.mark.parametrize("style", ["text", "dot", "mermaid"])
def test_pictures_show_hosts_and_quorums(ask: Ask, style: str) -> None:
    said = ask("graph", "fleet.toml", "--format", style).out
    assert "(on kvm1)" in said
    assert "at least 2 of mon" in said


def test_the_graph_as_json_has_hosts_and_quorums(ask: Ask) -> None:
    found = document(ask, "graph", "fleet.toml")
    assert found["drivers"]["dns"]["host"] == "kvm1"
    assert {edge.get("atleast") for edge in found["edges"]} == {2, None}


def test_a_target_brings_its_whole_quorum(ask: Ask) -> None:
    tiers = document(ask, "order", "fleet.toml", "--target", "pool@kvm2")["tiers"]
    assert tiers[0]["stages"] == [["mon@ceph1", "mon@ceph2", "mon@ceph3"], ["pool@kvm2"]]


def test_a_run_and_its_timeline_know_hosts(ask: Ask) -> None:
    Path("run.toml").write_text(
        "[drivers.a]\nhosts = ['x', 'y']\n[drivers.b]\nhost = 'x'\nrequires = [{ on = 'a@*', atleast = 1 }]\n"
    )
    assert ask("start", "--once", "run.toml").code == 0
    steps = document(ask, "timeline", "run.toml")["steps"]
    assert {step["driver"]: step["host"] for step in steps} == {"a@x": "x", "a@y": "y", "b": "x"}
    assert "b (on x)" in ask("timeline", "run.toml").out


def test_mistakes_are_findings_and_nothing_is_ordered(ask: Ask) -> None:
    Path("wrong.toml").write_text(FLEET.replace('hosts = "kvm"', 'hosts = "kmv"').replace("atleast = 2", "atleast = 4"))
    answer = ask("check", "wrong.toml")
    assert answer.code == 1
    assert "error[TD110] pool is to run on the hosts of 'kmv'" in answer.out
    assert "error[TD111] pool requires at least 4 of mon@*, which are 3 drivers" in answer.out
    assert ask("order", "wrong.toml").code == 1


def test_groups_that_differ_between_graphs_are_one_clear_error(ask: Ask) -> None:
    Path("other.toml").write_text("[hosts]\nkvm = ['kvm9']\n")
    answer = ask("order", "fleet.toml", "other.toml")
    assert answer.code == 2
    assert "hosts of group 'kvm': expected the same in each graph" in answer.err
