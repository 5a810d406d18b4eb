"""TD101: drivers that need each other in a cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rules.looking import found, needing
from tierdeps.model import after, before, requires, wants

if TYPE_CHECKING:
    import pytest


def test_a_cycle_is_shown_closed_with_all_that_declare_it() -> None:
    (finding,) = found("TD101", needing("a", requires("b")), needing("b", wants("a")), needing("c", requires("a")))
    assert finding.message == "2 drivers need each other in a cycle: a -> b -> a"
    assert finding.drivers == ("a", "b")
    assert [item.text for item in finding.evidence] == ["a requires b", "b wants a"]
    assert finding.cycle is not None
    assert finding.cycle.path == ("a", "b", "a")


def test_evidence_names_who_declared_each_edge_and_why() -> None:
    one = requires("b", reason="it reads its keys")
    other = before("b", when="hot")
    (finding,) = found("TD101", needing("a", one, other), needing("b"), facts={"hot": True})
    assert [(item.origin, item.reason, item.when) for item in finding.evidence] == [
        (one.origin, "it reads its keys", None),
        (other.origin, "", "hot"),
    ]


def test_a_cycle_that_depends_on_a_fact_says_so() -> None:
    drivers = needing("a", requires("b", when="pool.auth")), needing("b", requires("a"))
    (finding,) = found("TD101", *drivers, facts={"pool.auth": True})
    assert finding.message == "2 drivers need each other in a cycle: a -> b -> a, only when pool.auth"
    assert found("TD101", *drivers) == []


def test_in_a_larger_component_the_shortest_cycle_is_distinguished() -> None:
    (finding,) = found(
        "TD101", needing("a", requires("b")), needing("b", requires("c")), needing("c", requires("a"), requires("b"))
    )
    assert finding.message == "3 drivers depend on each other in cycles (the others: a); a shortest one is b -> c -> b"


def test_a_long_cycle_is_shown_by_its_two_ends() -> None:
    names = [f"d{number:02}" for number in range(20)]
    (finding,) = found(
        "TD101", *(needing(one, requires(other)) for one, other in zip(names, [*names[1:], names[0]], strict=True))
    )
    assert finding.message == (
        "20 drivers need each other in a cycle: d00 -> d01 -> d02 -> d03 -> d04 -> d05 -> ... -> d15 -> d16 -> d17"
        " -> d18 -> d19 -> d00"
    )
    assert len(finding.evidence) == 20


def test_each_component_is_one_finding() -> None:
    drivers = [
        needing("a", requires("b")),
        needing("b", requires("a")),
        needing("c", after("d")),
        needing("d", after("c")),
    ]
    assert [finding.drivers for finding in found("TD101", *drivers)] == [("a", "b"), ("c", "d")]


def test_fixes_come_with_what_was_verified() -> None:
    (finding,) = found("TD101", needing("a", requires("b")), needing("b", after("a")))
    soft, hard = finding.fixes
    assert soft.summary.startswith("remove the dependency: b after a (")
    assert hard.summary.startswith("remove the dependency: a requires b (")
    assert soft.proof == hard.proof == "verified: no cycle remains"


def test_an_order_is_no_cycle() -> None:
    assert found("TD101", needing("a", requires("b")), needing("b", requires("c")), needing("c")) == []


def test_a_cycle_that_may_not_be_the_shortest_is_not_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierdeps.cycles.find.MAX_EDGE_VISITS", -1_000)
    edges = (("a", "b"), ("b", "c"), ("c", "d", "e"), ("d", "a"), ("e", "f"), ("f", "c"))
    (finding,) = found("TD101", *(needing(name, *map(requires, targets)) for name, *targets in edges))
    assert finding.message == (
        "6 drivers depend on each other in cycles (the others: e, f); a short one is a -> b -> c -> d -> a"
    )
