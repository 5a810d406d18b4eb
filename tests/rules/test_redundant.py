"""TD201: a dependency that follows from others."""

from __future__ import annotations

import pytest

from tests.rules.looking import CORE_APP, RULES, found, needing
from tierdeps.graph import DependencyGraph
from tierdeps.model import Driver, Drop, Finding, after, before, conflicts, requires, wants
from tierdeps.rules import RuleContext
from tierdeps.rules.runner import Selection, run_rules


def test_what_follows_from_others_is_named_with_them() -> None:
    short = requires("secret", reason="CephX keys")
    drivers = needing("storage", short, requires("network")), needing("network", requires("secret")), needing("secret")
    (finding,) = found("TD201", *drivers)
    assert finding.message == "storage requires secret: implied by storage -> network -> secret"
    assert finding.drivers == ("storage", "network", "secret")
    assert [item.text for item in finding.evidence] == [
        "storage requires secret",
        "storage requires network",
        "network requires secret",
    ]
    assert finding.origins[0] == short.origin
    (fix,) = finding.fixes
    assert fix.change == Drop("storage", short)
    assert fix.summary == "remove it, unless the lifecycle of storage looks up secret"
    assert fix.proof == "verified: storage still comes after secret"


def test_a_chain_has_nothing_to_leave_out() -> None:
    assert found("TD201", needing("a", requires("b")), needing("b", requires("c")), needing("c")) == []


def test_a_requirement_does_not_follow_from_mere_order() -> None:
    drivers = needing("a", requires("c"), after("b")), needing("b", requires("c")), needing("c")
    assert found("TD201", *drivers) == []


def test_mere_order_follows_from_requirements() -> None:
    drivers = needing("a", after("c"), requires("b")), needing("b", wants("c")), needing("c")
    assert [finding.message for finding in found("TD201", *drivers)] == ["a comes after c: implied by a -> b -> c"]


def test_what_always_holds_does_not_follow_from_what_depends_on_a_fact() -> None:
    drivers = needing("a", requires("c"), requires("b", when="hot")), needing("b", requires("c")), needing("c")
    assert found("TD201", *drivers, facts={"hot": True}) == []


def test_what_depends_on_a_fact_follows_from_what_depends_on_the_same() -> None:
    drivers = (
        needing("a", requires("c", when="hot"), requires("b", when="hot")),
        needing("b", requires("c")),
        needing("c"),
    )
    assert len(found("TD201", *drivers, facts={"hot": True})) == 1
    assert found("TD201", *drivers) == []


def test_the_softer_of_two_between_the_same_drivers_follows_from_the_harder() -> None:
    (finding,) = found("TD201", needing("a", after("b"), requires("b")), needing("b"))
    assert finding.message == "a comes after b: implied by a requires b"


def test_of_two_that_say_the_same_only_one_can_go() -> None:
    (finding,) = found("TD201", needing("a", after("b")), needing("b", before("a")))
    assert finding.fixes[0].change == Drop("b", before("a"))


def test_an_earlier_phase_that_needs_it_already_makes_a_later_one_redundant() -> None:
    early, late = requires("b"), requires("b", phase="autostart")
    drivers = Driver("a", phases=("initialize", "autostart"), dependencies=(early, late)), needing("b")
    (finding,) = found("TD201", *drivers)
    assert finding.fixes[0].change == Drop("a", late)


def test_different_phases_of_each_are_not_redundant() -> None:
    phases = ("initialize", "autostart")
    drivers = (
        Driver("a", phases=phases, dependencies=(requires("b:initialize"), requires("b", phase="autostart"))),
        Driver("b", phases=phases),
    )
    assert found("TD201", *drivers) == []


def test_a_dependency_on_all_providers_follows_only_where_it_does_for_each() -> None:
    drivers = (
        needing("a", after("door"), requires("b")),
        needing("b", requires("p")),
        needing("p", provides=("door",)),
        needing("q", provides=("door",)),
    )
    assert found("TD201", *drivers) == []
    assert len(found("TD201", *drivers[:3])) == 1


def test_what_is_inside_a_cycle_is_left_alone() -> None:
    drivers = needing("a", requires("b"), requires("c")), needing("b", requires("c")), needing("c", requires("a"))
    assert found("TD201", *drivers) == []


def test_a_barrier_makes_nothing_redundant() -> None:
    drivers = needing("a", requires("b"), tier="app"), needing("b", tier="core")
    assert found("TD201", *drivers, tiers=CORE_APP) == []


def unasked(*drivers: Driver, **facts: bool) -> list[Finding]:
    """Return what is reported though nobody selects the rule."""
    graph = DependencyGraph(drivers, facts=facts)
    return list(run_rules(RuleContext(graph), [RULES["TD201"]]).findings)


@pytest.mark.parametrize("verb", [requires, wants, after, before, conflicts])
def test_what_is_declared_twice_is_reported_unasked_with_both_places(verb: type) -> None:
    first, second = verb("b", reason="keys"), verb("b", reason="keys")
    (finding,) = unasked(needing("a", first, second), needing("b"))
    assert finding.message == f"a {first.kind} b: that is declared 2 times"
    assert finding.drivers == ("a",)
    assert [item.origin for item in finding.evidence] == [first.origin, second.origin]
    assert [item.reason for item in finding.evidence] == ["keys", "keys"]


def test_each_repetition_is_reported_once_however_often_it_is_there() -> None:
    again = (requires("b"), wants("c"), requires("b"), wants("c"), requires("b"))
    messages = [finding.message for finding in unasked(needing("a", *again), needing("b"), needing("c"))]
    assert messages == ["a requires b: that is declared 3 times", "a wants c: that is declared 2 times"]


def test_a_repetition_is_reported_where_its_target_is_absent_or_its_fact_does_not_hold() -> None:
    absent = (wants("x", when="hot"), wants("x", when="hot"))
    (finding,) = unasked(needing("a", *absent))
    assert finding.message == "a wants x, when hot: that is declared 2 times"


def test_what_differs_in_anything_is_no_repetition() -> None:
    different = (
        requires("b"),
        wants("b"),
        requires("b", when="hot"),
        requires("b", reason="keys"),
        requires("b", phase="start"),
        requires("b", optional=True),
        requires("b", skipped="block"),
        requires("b:start"),
    )
    assert unasked(needing("a", *different), needing("b"), hot=True) == []


@pytest.mark.parametrize(
    ("weaker", "words"),
    [
        (wants("b"), "a wants b"),
        (after("b"), "a comes after b"),
        (requires("b", when="hot"), "a requires b"),
        (requires("b", reason="why"), "a requires b"),
        (requires("b", phase="start"), "a requires b"),
        (requires("b:start"), "a requires b"),
    ],
)
def test_what_another_verb_or_another_spelling_says_already_is_found_on_request(weaker: object, words: str) -> None:
    assert isinstance(weaker, type(requires("b")))
    (finding,) = found("TD201", needing("a", requires("b"), weaker), needing("b"), facts={"hot": True})
    assert finding.message == f"{words}: implied by a requires b"


def test_a_repetition_is_reported_on_request_too_and_only_once() -> None:
    assert len(found("TD201", needing("a", requires("b"), requires("b")), needing("b"))) == 1


@pytest.mark.parametrize("selection", [Selection(ignore=("TD201",)), Selection(severity={"TD201": "off"})])
def test_repetitions_can_be_ignored(selection: Selection) -> None:
    graph = DependencyGraph([needing("a", requires("b"), requires("b")), needing("b")])
    assert run_rules(RuleContext(graph), [RULES["TD201"]], selection).findings == ()


def test_a_graph_of_mere_names_has_repetitions_too() -> None:
    graph = DependencyGraph.from_names({"a": ["b", "c", "b"], "b": ["x", "x"], "c": []})
    found = run_rules(RuleContext(graph), [RULES["TD201"]]).findings
    assert [finding.message for finding in found] == [
        "a requires b: that is declared 2 times",
        "b requires x: that is declared 2 times",
    ]


def test_one_that_must_not_be_skipped_does_not_follow_from_those_that_may() -> None:
    strict = requires("c", skipped="block")
    assert found("TD201", needing("a", requires("b"), strict), needing("b", requires("c")), needing("c")) == []


def test_one_that_must_not_be_skipped_follows_from_another_such_at_the_end_of_a_chain() -> None:
    strict = requires("c", skipped="block")
    (finding,) = found("TD201", needing("a", requires("b"), strict), needing("b", strict), needing("c"))
    assert finding.message == "a requires c, which must not be skipped: implied by a -> b -> c"


def test_of_two_between_the_same_drivers_the_one_that_may_be_skipped_follows() -> None:
    (finding,) = found("TD201", needing("a", requires("c"), requires("c", skipped="block")), needing("c"))
    assert finding.message.startswith("a requires c: implied by a requires c, which must not be skipped")


def test_a_coupling_does_not_follow_from_a_chain_without_it() -> None:
    coupled = requires("c", on_loss="keep")
    drivers = needing("a", coupled, requires("b")), needing("b", requires("c")), needing("c")
    assert found("TD201", *drivers) == []


def test_a_coupling_follows_from_the_same_between_the_same_drivers_only() -> None:
    same = requires("b", on_restart="restart", reason="it has the port"), requires("b", on_restart="restart")
    assert len(found("TD201", needing("a", *same), needing("b"))) == 1
    other = requires("b", on_restart="restart"), requires("b", on_restart="keep")
    assert found("TD201", needing("a", *other), needing("b")) == []


def test_a_requirement_does_not_follow_from_one_that_passes_failures() -> None:
    drivers = needing("a", requires("c"), requires("b")), needing("b", requires("c", failed="pass")), needing("c")
    assert found("TD201", *drivers) == []


@pytest.mark.parametrize(
    "needs",
    [
        {"a": ["b", "c"], "b": ["c"], "c": []},
        {"a": ["b", "c", "d"], "b": ["c"], "c": ["d"], "d": []},
        {"a": ["b", "e"], "b": ["c"], "c": ["d"], "d": ["e"], "e": []},
        {"a": ["b", "b:start", "c"], "b": ["c"], "c": []},
        {"a": ["a", "b", "c"], "b": ["c", "absent"], "c": []},
        {"a": ["b", "c"], "b": ["c", "a"], "c": []},
    ],
)
def test_drivers_that_are_only_names_have_the_findings_of_declared_ones(needs: dict[str, list[str]]) -> None:
    declared = [needing(name, *map(requires, targets)) for name, targets in needs.items()]
    named = RULES["TD201"].check(RuleContext(DependencyGraph.from_names(needs)))
    assert [(finding.message, finding.drivers) for finding in named] == [
        (finding.message, finding.drivers) for finding in found("TD201", *declared)
    ]
