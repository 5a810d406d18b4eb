"""Hosts and quorums in a lock."""

from __future__ import annotations

import pytest

from tests.lock.test_lock import graph_of
from tierdeps.errors import InputError
from tierdeps.graph import DependencyGraph
from tierdeps.lock import Lock, declarations, dump, load, mismatches
from tierdeps.model import Driver, requires


def test_a_lock_keeps_the_hosts_of_drivers() -> None:
    lock = load("tierdeps.lock", dump(Lock.of(graph_of(Driver("a", host="kvm1"), Driver("b")))).encode())
    assert [(driver.name, driver.host) for driver in lock.plan] == [("a", "kvm1"), ("b", None)]
    assert declarations(lock).drivers[0].host == "kvm1"


@pytest.mark.parametrize(
    ("before", "now", "text"),
    [
        (None, "kvm1", "a runs on kvm1 now, and ran on no host in particular"),
        ("kvm1", None, "a runs on no host in particular now, and ran on kvm1"),
        ("kvm1", "kvm2", "a runs on kvm2 now, and ran on kvm1"),
    ],
)
def test_another_host_is_a_mismatch(before: str | None, now: str | None, text: str) -> None:
    lock = Lock.of(graph_of(Driver("a", host=before)))
    assert mismatches(lock, graph_of(Driver("a", host=now))) == (text,)


def test_a_lock_keeps_quorums_and_its_declarations_have_them() -> None:
    members = [Driver(f"mon@{name}", provides=("quorum",)) for name in "abc"]
    osd = Driver("osd", dependencies=(requires("mon@*", atleast=2), requires("quorum:start", atleast=1)))
    graph = graph_of(osd, *members)
    lock = load("tierdeps.lock", dump(Lock.of(graph)).encode())
    assert lock.plan.drivers["osd"].waits == graph.collapse().drivers["osd"].waits
    assert lock.plan.digest == graph.collapse().digest
    assert mismatches(lock, graph) == ()
    again = DependencyGraph.of(declarations(lock)).collapse()
    assert {(wait.step, wait.coupling) for wait in again.drivers["osd"].waits[0]} == {
        (wait.step, wait.coupling) for wait in lock.plan.drivers["osd"].waits[0]
    }


def test_another_quorum_is_a_mismatch_and_another_digest() -> None:
    def quorum(atleast: int | None) -> DependencyGraph:
        osd = Driver("osd", dependencies=(requires("mon@*", atleast=atleast),))
        return graph_of(osd, Driver("mon@a"), Driver("mon@b"))

    lock = Lock.of(quorum(1))
    assert mismatches(lock, quorum(2))[0] == "osd now waits for mon@a (requires, atleast = 2 of mon@*)"
    assert mismatches(lock, quorum(None))[0] == "osd now waits for mon@a (requires)"
    assert len({quorum(number).collapse().digest for number in (None, 1, 2)}) == 3


@pytest.mark.parametrize(
    "wait",
    [
        '"requires": "a", "atleast": 1',
        '"requires": "a", "of": "a"',
        '"wants": "a", "atleast": 1, "of": "a"',
        '"requires": "a", "atleast": 1, "of": "a", "failed": "pass"',
        '"requires": "a", "atleast": 1, "of": "a", "skipped": "block"',
        '"requires": "a", "atleast": 0, "of": "a"',
    ],
)
def test_a_quorum_that_no_graph_has_is_refused(wait: str) -> None:
    text = dump(Lock.of(graph_of(Driver("a"), Driver("b", dependencies=(requires("a"),)))))
    assert '"requires": "a"' in text
    with pytest.raises(InputError, match=r"drivers\[1\]\.waits\.start\[0\]"):
        load("tierdeps.lock", text.replace('"requires": "a"', wait).encode())
