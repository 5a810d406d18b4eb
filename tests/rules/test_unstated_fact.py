"""TD205: a fact that nothing states."""

from __future__ import annotations

from tests.rules.looking import RULES, found, needing
from tierdeps.graph import DependencyGraph
from tierdeps.model import Dependency, Kind, Origin, after, requires
from tierdeps.rules import RuleContext


def test_an_unstated_fact_is_named_with_all_that_depends_on_it() -> None:
    need = requires("qemu", when="pool.auth", reason="CephX keys")
    drivers = needing("storage", need), needing("backup", after("qemu", when="pool.auth")), needing("qemu")
    (finding,) = found("TD205", *drivers)
    assert finding.message == "fact 'pool.auth' is not set; assuming no"
    assert finding.drivers == ("backup", "storage")
    assert [(item.text, item.reason, item.when) for item in finding.evidence] == [
        ("backup after qemu", "", "pool.auth"),
        ("storage requires qemu", "CephX keys", "pool.auth"),
    ]
    assert [fix.summary for fix in finding.fixes[:2]] == [
        "set it for this run: --assume pool.auth=yes, or pool.auth=no",
        'set it: "pool.auth" = true, or false, in [facts], in the settings',
    ]


def test_a_fact_that_a_graph_file_names_can_be_stated_there() -> None:
    need = Dependency(Kind.REQUIRES, "b", when="hot", origin=Origin("graph.toml", 3, "drivers.a.requires[0]"))
    (finding,) = found("TD205", needing("a", need), needing("b"))
    assert finding.fixes[1].summary == (
        'set it: "hot" = true, or false, in [facts], in the graph file or in tierdeps.toml'
    )


def test_a_fact_that_nothing_depends_on_may_be_the_one_that_is_meant() -> None:
    drivers = needing("a", requires("b", when="pool.auth")), needing("b")
    (finding,) = found("TD205", *drivers, facts={"pool.auht": True, "other": True})
    assert finding.message.endswith("; did you mean 'pool.auht'?")


def test_a_stated_fact_is_fine_yes_or_no() -> None:
    drivers = needing("a", requires("b", when="hot")), needing("b")
    assert found("TD205", *drivers, facts={"hot": True}) == []
    assert found("TD205", *drivers, facts={"hot": False}) == []


def test_where_every_fact_is_taken_as_true_all_are_stated() -> None:
    graph = DependencyGraph((needing("a", requires("b", when="hot")), needing("b")))
    assert list(RULES["TD205"].check(RuleContext(graph.with_all_facts()))) == []


def test_each_fact_is_reported_once() -> None:
    drivers = needing("a", requires("b", when="hot"), after("b", when="hot"), after("b", when="wet")), needing("b")
    assert [finding.subject for finding in found("TD205", *drivers)] == [("hot",), ("wet",)]
