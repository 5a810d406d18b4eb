"""TD206: a name that nothing has, where that is no error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rules.looking import RULES, by, found, needing
from tierdeps._util.frozen import replace
from tierdeps.graph import DependencyGraph
from tierdeps.model import (
    Choose,
    Declarations,
    Dependency,
    Driver,
    Kind,
    Origin,
    Replace,
    Statement,
    Topic,
    after,
    before,
    conflicts,
    requires,
    wants,
)
from tierdeps.rules import RuleContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from tierdeps.model import Finding

    Verb = Callable[..., Dependency]

SOFT = [wants, after, before, conflicts]


def in_declarations(*drivers: Driver, worst_case: bool = False, **said: object) -> list[Finding]:
    """Return what the rule finds where more is declared than drivers."""
    graph = DependencyGraph.of(Declarations(drivers, **said))  # type: ignore[arg-type]
    return list(RULES["TD206"].check(RuleContext(graph.with_all_facts() if worst_case else graph)))


def stated(topic: Topic, *names: str) -> tuple[Statement, ...]:
    return tuple(Statement(topic, name, by(name)) for name in names)


@pytest.mark.parametrize(
    ("verb", "words"),
    [(wants, "wants"), (after, "comes after"), (before, "comes before"), (conflicts, "conflicts with")],
)
def test_a_soft_target_that_is_nowhere_is_reported_with_its_origin(verb: Verb, words: str) -> None:
    dependency = verb("hal", phase="start", reason="it may enumerate")
    (finding,) = found("TD206", needing("udev", dependency))
    assert finding.message == f"udev {words} 'hal', but no driver has this name or provides it"
    assert (finding.drivers, finding.subject) == (("udev",), ("hal",))
    assert [(item.text, item.origin, item.reason) for item in finding.evidence] == [
        (f"udev:start {dependency.kind} hal", dependency.origin, "it may enumerate")
    ]


@pytest.mark.parametrize("verb", SOFT)
def test_a_misspelt_soft_target_gets_the_nearest_name(verb: Verb) -> None:
    (finding,) = found("TD206", needing("qemu", verb("storge")), needing("storage"))
    assert finding.message.endswith("; did you mean 'storage'?")
    fix = finding.fixes[0]
    assert fix.summary.startswith("correct the name to 'storage', if that is meant, in tests/rules/")
    if verb is conflicts:
        assert (fix.change, fix.proof) == (None, "tried, but not enough by itself: qemu and storage then conflict")
        return
    assert isinstance(fix.change, Replace)
    assert fix.change.replacement.target == "storage"
    assert fix.proof == "verified: the whole graph then has a start order"


def test_in_a_graph_file_all_advice_is_for_the_file() -> None:
    need = Dependency(Kind.AFTER, "storge", origin=Origin("graph.toml", 3, "drivers.qemu.after[0]"))
    (finding,) = found("TD206", needing("qemu", need), needing("storage"))
    assert [fix.summary for fix in finding.fixes] == [
        "correct the name to 'storage', if that is meant, in drivers.qemu.after[0] (graph.toml:3)",
        "declare it in graph.toml: add a table drivers.storge, or add 'storge' to provides of another driver",
        "if it may be absent, declare that: optional = true, in drivers.qemu.after[0] (graph.toml:3)",
    ]


def test_a_name_that_would_close_a_cycle_says_so_and_is_no_change() -> None:
    (finding,) = found("TD206", needing("qemu", after("storge")), needing("storage", requires("qemu")))
    assert (finding.fixes[0].change, finding.fixes[0].proof) == (
        None,
        "tried, but not enough by itself: that creates the cycle qemu -> storage -> qemu",
    )


def test_several_dependencies_on_one_unknown_name_are_corrected_by_hand() -> None:
    (finding,) = found("TD206", needing("qemu", after("storge"), wants("storge")), needing("storage"))
    assert [fix.change for fix in finding.fixes] == [None, None, None]


def test_a_capability_can_be_the_nearest_name() -> None:
    (finding,) = found("TD206", needing("a", wants("secret-lokup")), needing("s", provides=("secret-lookup",)))
    assert finding.message.endswith("; did you mean 'secret-lookup'?")


def test_the_phase_stays_where_only_the_driver_is_misspelt() -> None:
    (finding,) = found("TD206", needing("qemu", after("storge:start")), needing("storage"))
    assert finding.message.endswith("; did you mean 'storage:start'?")


def test_a_driver_is_not_advised_to_depend_on_itself() -> None:
    (finding,) = found("TD206", needing("storage", wants("storage2")))
    assert "did you mean" not in finding.message


@pytest.mark.parametrize("verb", SOFT)
def test_an_optional_target_may_be_absent(verb: Verb) -> None:
    assert found("TD206", needing("qemu", verb("storge", optional=True)), needing("storage")) == []


def test_a_required_target_is_left_to_the_error() -> None:
    assert found("TD206", needing("qemu", requires("storge"), requires("hal", optional=True))) == []


@pytest.mark.parametrize("verb", SOFT)
def test_what_is_there_is_known_by_any_of_its_names(verb: Verb) -> None:
    other = Driver("b", phases=("one", "two"), provides=("door", "way:in"))
    targets = ("b", "b:one", "b:two", "door", "door:one", "way:in", "way:in:two")
    assert found("TD206", needing("a", *map(verb, targets)), other) == []


def test_a_wrong_phase_of_a_known_driver_is_left_to_its_own_rule() -> None:
    drivers = needing("a", wants("b:stop")), needing("b")
    assert found("TD206", *drivers) == []
    assert len(found("TD107", *drivers)) == 1


def test_a_capability_of_its_own_is_known() -> None:
    assert found("TD206", needing("a", after("door"), wants("door"), provides=("door",))) == []


def test_a_disabled_driver_is_known() -> None:
    assert found("TD206", needing("a", wants("b")), needing("b"), disabled=["b"]) == []


def test_a_target_is_unknown_whatever_the_facts() -> None:
    for holds in (True, False):
        assert len(found("TD206", needing("a", wants("hal", when="hot")), facts={"hot": holds})) == 1


def test_one_target_of_one_driver_is_one_finding() -> None:
    both = needing("a", after("hal", when="hot"), wants("hal"), after("hal"))
    (finding,) = found("TD206", both)
    assert finding.message.startswith("a wants and comes after 'hal'")
    assert len(finding.evidence) == 3
    assert [finding.drivers for finding in found("TD206", both, needing("b", wants("hal")))] == [("a",), ("b",)]


def test_declaring_it_optional_is_a_change_that_settles_it() -> None:
    drivers = needing("a", wants("hal")), needing("b")
    (finding,) = found("TD206", *drivers)
    change = finding.fixes[-1].change
    assert change is not None
    assert in_declarations(*change.apply(Declarations(drivers)).drivers) == []


def test_a_choice_for_a_capability_that_nobody_provides_is_reported() -> None:
    drivers = needing("a", provides=("door",)), needing("b", after("door"))
    (finding,) = found("TD206", *drivers, choices={"dor": "a"})
    assert finding.message == "'a' is chosen for 'dor', but no driver provides it; did you mean 'door'?"
    assert finding.subject == ("choose.dor",)


def test_a_choice_of_what_is_no_driver_is_reported_though_nobody_needs_it() -> None:
    drivers = needing("kitchen", provides=("door",)), needing("hall", provides=("door",))
    (finding,) = found("TD206", *drivers, choices={"door": "kitchn"})
    assert finding.message == "'kitchn' is chosen for 'door', but it is not a driver; did you mean 'kitchen'?"
    assert [fix.change for fix in finding.fixes] == [Choose("door", "hall"), Choose("door", "kitchen")]


def test_a_choice_of_a_driver_that_does_not_provide_it_is_reported() -> None:
    drivers = needing("kitchen", provides=("door",)), needing("roof")
    (finding,) = found("TD206", *drivers, choices={"door": "roof"})
    assert finding.message == "'roof' is chosen for 'door', but it does not provide it; only kitchen can provide it"


def test_a_choice_that_a_driver_stumbles_over_is_reported_once_as_the_error() -> None:
    drivers = needing("kitchen", provides=("door",)), needing("cat", wants("door"))
    assert len(found("TD104", *drivers, choices={"door": "roof"})) == 1
    assert found("TD206", *drivers, choices={"door": "roof"}) == []


def test_a_right_choice_is_fine_whether_or_not_it_is_needed() -> None:
    assert found("TD206", needing("kitchen", provides=("door",)), choices={"door": "kitchen"}) == []


def test_a_choice_is_reported_with_its_place() -> None:
    places = stated(Topic.CHOOSE, "door")
    (finding,) = in_declarations(needing("a"), choices={"door": "a"}, statements=places)
    assert [(item.text, item.origin) for item in finding.evidence] == [('[choose] "door" = "a"', by("door"))]


def test_a_fact_that_is_stated_for_nothing_is_reported_with_all_who_state_it() -> None:
    drivers = needing("a", after("b", when="pool.auth")), needing("b")
    places = (*stated(Topic.FACTS, "pool.auht", "pool.auth"), Statement(Topic.FACTS, "pool.auht", by("settings")))
    (finding,) = in_declarations(*drivers, statements=places)
    assert finding.message == (
        "the fact 'pool.auht' is set, but no dependency is conditional on it; did you mean 'pool.auth'?"
    )
    assert finding.origins == (by("pool.auht"), by("settings"))


def test_an_assumed_fact_is_reported_as_the_option_that_assumes_it() -> None:
    (finding,) = in_declarations(needing("a"), statements=stated(Topic.ASSUME, "hot"))
    assert finding.message == "--assume hot: no dependency is conditional on it"


def test_facts_that_plugins_state_may_be_of_no_use_here() -> None:
    assert in_declarations(needing("a"), facts={"pool.auth": True}) == []


def test_a_fact_of_an_unresolved_dependency_is_of_use() -> None:
    places = stated(Topic.FACTS, "hot")
    assert in_declarations(needing("a", wants("b", when="hot", optional=True)), statements=places) == []


def test_settings_of_a_driver_that_is_not_there_are_reported() -> None:
    (finding,) = in_declarations(needing("storage"), statements=stated(Topic.DRIVERS, "storage", "storge"))
    assert finding.message == (
        "the settings have a table for the driver 'storge', but there is no such driver; did you mean 'storage'?"
    )
    assert finding.subject == ("drivers.storge",)


def test_settings_of_a_disabled_driver_are_fine() -> None:
    places = stated(Topic.DRIVERS, "storage")
    assert in_declarations(needing("storage"), disabled=frozenset({"storage"}), statements=places) == []


def test_dependencies_added_to_nobody_are_one_finding_for_each_name() -> None:
    origins = [Origin("tierdeps.toml", line, f"dependencies[{line}]") for line in (1, 4, 7)]
    names = ("storge", "storge", "storage")
    places = tuple(Statement(Topic.DEPENDENCIES, name, origin) for name, origin in zip(names, origins, strict=True))
    (finding,) = in_declarations(needing("storage"), statements=places)
    assert finding.message == (
        "the settings add a dependency to the driver 'storge', but there is no such driver; did you mean 'storage'?"
    )
    assert [item.origin for item in finding.evidence] == origins[:2]
    assert finding.subject == ("dependencies.storge",)
    assert [fix.summary for fix in finding.fixes] == [
        "name 'storage', if that is meant (tierdeps.toml:1, dependencies[1])",
        "remove the dependency, or install or declare the driver",
    ]


def test_dependencies_added_to_a_disabled_driver_are_fine() -> None:
    places = stated(Topic.DEPENDENCIES, "storage")
    assert in_declarations(needing("storage"), disabled=frozenset({"storage"}), statements=places) == []


def test_the_worst_case_says_which_facts_nothing_states() -> None:
    drivers = needing("a", requires("b", when="pool.auht", reason="keys"), after("b", when="pool.auth")), needing("b")
    (finding,) = in_declarations(*drivers, worst_case=True, facts={"pool.auth": False})
    assert finding.message == (
        "fact 'pool.auht' is not set anywhere, and dependencies are conditional on it; did you mean 'pool.auth'?"
    )
    assert finding.drivers == ("a",)
    assert [(item.text, item.reason, item.when) for item in finding.evidence] == [("a requires b", "keys", "pool.auht")]


def on_hosts(fact: str) -> list[Driver]:
    dependency = requires("b@{host}", when=fact)
    return [Driver("a", hosts=("kvm1", "kvm2"), dependencies=(dependency,)), Driver("b", hosts=("kvm1", "kvm2"))]


@pytest.mark.parametrize(
    ("fact", "known", "meant"),
    [
        ("pool.auth@{host}", {"pool.auth"}, None),  # the plugins of each host state it
        ("pool.auth@{host}", set(), ""),
        ("pool.auth@{host}", {"net"}, ""),
        ("pool.auht@{host}", {"pool.auth@kvm1"}, "; did you mean 'pool.auth@kvm1'?"),
        ("pool.auth@kvm3", {"pool.auth"}, "; did you mean 'pool.auth'?"),  # there is no such host
    ],
)
def test_a_fact_of_a_host_is_stated_under_its_own_name_there(fact: str, known: set[str], meant: str | None) -> None:
    graph = DependencyGraph(on_hosts(fact))
    declared = replace(graph.declarations, known_facts=frozenset(known))
    findings = list(RULES["TD206"].check(RuleContext(DependencyGraph.of(declared).with_all_facts())))
    hints = [item.message.partition("are conditional on it")[2] for item in findings]
    assert meant in hints if meant is not None else not hints


def test_a_fact_that_is_stated_and_not_needed_may_be_the_one_that_is_meant() -> None:
    drivers = needing("a", requires("b", when="pool.auht")), needing("b")
    (finding,) = in_declarations(*drivers, worst_case=True, facts={"pool.auth": True})
    assert finding.message.endswith("; did you mean 'pool.auth'?")


def test_a_fact_is_stated_by_an_assumption_too() -> None:
    graph = DependencyGraph((needing("a", requires("b", when="hot")), needing("b")))
    assert list(RULES["TD206"].check(RuleContext(graph.with_all_facts({"hot": True})))) == []
    assert len(list(RULES["TD206"].check(RuleContext(graph.with_all_facts())))) == 1


def test_where_facts_are_taken_as_they_are_an_unstated_one_is_left_to_its_own_rule() -> None:
    drivers = needing("a", requires("b", when="hot")), needing("b")
    assert found("TD206", *drivers) == []
    assert len(found("TD205", *drivers)) == 1


def test_the_drivers_of_a_bulk_graph_are_not_visited() -> None:
    graph = DependencyGraph.from_names({"a": ["b"], "b": []})
    assert graph.unknown_targets == ()
    assert list(RULES["TD206"].check(RuleContext(graph.with_all_facts({"hot": True})))) == []
