"""TD207: a driver requires one that is disabled."""

from __future__ import annotations

import pytest

from tests.rules.looking import RULES, found, needing
from tierdeps.graph import DependencyGraph
from tierdeps.model import (
    Choose,
    Declarations,
    Dependency,
    Disable,
    Driver,
    Enable,
    Kind,
    Origin,
    Replace,
    Statement,
    Topic,
    after,
    before,
    conflicts,
    required_by,
    requires,
    wanted_by,
    wants,
)
from tierdeps.rules import RuleContext


def test_a_requirement_that_is_disabled_is_reported_with_its_origin() -> None:
    need = requires("storage", reason="disks")
    (finding,) = found("TD207", needing("qemu", need), needing("storage"), disabled=["storage"])
    assert finding.message == "qemu requires storage, which is disabled: it starts without it"
    assert finding.drivers == ("qemu", "storage")
    assert [(item.text, item.origin, item.reason) for item in finding.evidence] == [
        ("qemu requires storage", need.origin, "disks")
    ]


def test_all_requirements_of_one_driver_are_one_finding() -> None:
    storage = Driver("storage", phases=("one", "two"))
    needs = requires("storage:one"), requires("storage", when="hot"), wants("storage")
    (finding,) = found("TD207", needing("qemu", *needs), storage, disabled=["storage"], facts={"hot": True})
    assert len(finding.evidence) == 2


def test_a_condition_is_reported_where_every_requirement_has_one() -> None:
    drivers = needing("qemu", requires("storage", when="hot"), requires("storage", when="big")), needing("storage")
    facts = {"hot": True, "big": True}
    (finding,) = found("TD207", *drivers, disabled=["storage"], facts=facts)
    assert finding.message.endswith("it starts without it, only when big or hot")
    assert found("TD207", *drivers, disabled=["storage"]) == []


@pytest.mark.parametrize(
    "dependency", [wants("b"), after("b"), before("b"), requires("b", optional=True)], ids=lambda item: str(item.kind)
)
def test_what_a_driver_can_do_without_may_be_disabled(dependency: Dependency) -> None:
    assert found("TD207", needing("a", dependency), needing("b"), disabled=["b"]) == []


def test_what_is_disabled_itself_requires_nothing() -> None:
    drivers = needing("a", requires("b")), needing("b", requires("c")), needing("c")
    assert found("TD207", *drivers, disabled=["a", "b"]) == []
    assert [finding.drivers for finding in found("TD207", *drivers, disabled=["b", "c"])] == [("a", "b")]


def test_a_disabled_name_that_no_driver_has_is_no_matter_of_this_rule() -> None:
    assert found("TD207", needing("a"), disabled=["b"]) == []


def test_a_capability_by_a_disabled_driver_is_reported_with_the_other_providers() -> None:
    doors = (
        needing("kitchen", provides=("door",)),
        needing("hall", provides=("door",)),
        needing("cellar", provides=("door",)),
    )
    drivers = needing("cat", requires("door")), *doors
    (finding,) = found("TD207", *drivers, choices={"door": "hall"}, disabled=["hall", "cellar"])
    assert finding.message == "cat requires hall, which is disabled: it starts without it"
    assert [fix.change for fix in finding.fixes if isinstance(fix.change, Choose)] == [Choose("door", "kitchen")]


def test_a_choice_that_closes_a_cycle_comes_last_and_says_so() -> None:
    doors = needing("hall", provides=("door",)), needing("kitchen", requires("cat"), provides=("door",))
    (finding,) = found("TD207", needing("cat", requires("door")), *doors, choices={"door": "hall"}, disabled=["hall"])
    assert (finding.fixes[-1].change, finding.fixes[-1].proof) == (
        None,
        "tried, but not enough by itself: that creates the cycle cat -> kitchen -> cat",
    )


def test_a_choice_is_no_fix_where_the_driver_is_required_by_name_too() -> None:
    doors = needing("hall", provides=("door",)), needing("kitchen", provides=("door",))
    drivers = needing("cat", requires("door"), requires("hall")), *doors
    (finding,) = found("TD207", *drivers, choices={"door": "hall"}, disabled=["hall"])
    assert not any(isinstance(fix.change, Choose) for fix in finding.fixes)


def test_what_was_disabled_for_a_conflict_is_not_to_be_enabled() -> None:
    drivers = needing("a", requires("b")), needing("b", conflicts("c")), needing("c")
    (finding,) = found("TD207", *drivers, disabled=["b"])
    assert [(fix.change, fix.proof) for fix in finding.fixes if fix.summary.startswith("remove 'b' from disable")] == [
        (None, "tried, but not enough by itself: b and c then conflict")
    ]


def test_who_requires_what_is_disabled_too_is_named() -> None:
    drivers = needing("a", requires("b")), needing("b"), needing("user", requires("a"))
    (finding,) = found("TD207", *drivers, disabled=["b"])
    enable, disable, softer = finding.fixes
    assert (enable.change, disable.change) == (Enable("b"), Disable("a"))
    assert enable.summary == "remove 'b' from disable, in the settings"
    assert disable.summary == (
        'disable a: disable = ["a"], in the settings; user requires it, and then requires a disabled driver (TD207)'
    )
    assert softer.summary.startswith("if it can do without, declare wants instead of requires, in tests/rules/")


def test_wanting_it_instead_is_a_change_that_settles_it() -> None:
    drivers = needing("a", requires("b")), needing("b")
    (finding,) = found("TD207", *drivers, disabled=["b"])
    change = finding.fixes[-1].change
    assert isinstance(change, Replace)
    assert change.replacement.kind is Kind.WANTS
    softer = DependencyGraph(change.apply(Declarations(drivers)).drivers, disabled=["b"])
    assert list(RULES["TD207"].check(RuleContext(softer))) == []


def test_a_graph_of_mere_names_is_looked_at_around_what_is_disabled() -> None:
    names = DependencyGraph.from_names({"a": ["b"], "b": ["c"], "c": []}).declarations
    graph = DependencyGraph.of(names | Declarations(disabled=frozenset({"b"})))
    assert type(graph).__name__ == "BulkGraph"
    (finding,) = RULES["TD207"].check(RuleContext(graph))
    assert finding.drivers == ("a", "b")


def test_drivers_that_need_each_other_in_a_cycle_are_looked_at_too() -> None:
    drivers = needing("a", requires("b")), needing("b", requires("a"))
    assert len(found("TD207", *drivers, disabled=["b"])) == 1


@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize("when", [None, "hot"])
def test_a_requirement_that_blocks_says_so_and_can_be_wanted_instead(optional: bool, when: str | None) -> None:
    drivers = needing("a", requires("b", when=when, optional=optional, skipped="block")), needing("b")
    (finding,) = found("TD207", *drivers, disabled=["b"], facts={"hot": True})
    condition = ", only when hot" if when else ""
    assert finding.message == f"a requires b, which is disabled: it is blocked{condition}"
    change = finding.fixes[-1].change
    assert isinstance(change, Replace)
    softer = DependencyGraph(change.apply(Declarations(drivers)).drivers, disabled=["b"], facts={"hot": True})
    assert list(RULES["TD207"].check(RuleContext(softer))) == []


def test_one_of_several_requirements_is_enough_to_block() -> None:
    storage = Driver("storage", phases=("one", "two"))
    needs = requires("storage:one"), requires("storage:two", skipped="block")
    (finding,) = found("TD207", needing("qemu", *needs), storage, disabled=["storage"])
    assert finding.message == "qemu requires storage, which is disabled: it is blocked"


def test_a_requirement_that_is_declared_from_the_other_side_is_one() -> None:
    (finding,) = found("TD207", needing("storage", required_by("qemu")), needing("qemu"), disabled=["storage"])
    assert finding.message == "qemu requires storage, which is disabled: it starts without it"
    changes = [fix.change for fix in finding.fixes if isinstance(fix.change, Replace)]
    assert [(change.driver, change.replacement) for change in changes] == [("storage", wanted_by("qemu"))]
    assert found("TD207", needing("storage", wanted_by("qemu")), needing("qemu"), disabled=["storage"]) == []


def test_a_target_that_is_disabled_is_reported_where_it_stands() -> None:
    targets = ("system",)
    statement = Statement(Topic.TARGETS, "system", Origin("site.toml", 1, "targets[0]"))
    declared = Declarations((Driver("system"),), disabled=frozenset(targets), statements=(statement,), targets=targets)
    for graph in (DependencyGraph.of(declared), DependencyGraph.of(declared).active):
        (finding,) = RULES["TD207"].check(RuleContext(graph))
        assert finding.message == "system is to be active, and it is disabled: what it needs is started, but not it"
        assert [item.origin for item in finding.evidence] == [statement.origin]


class TestConditions:
    """A requirement that is absent where a fact does not hold, found in the worst case."""

    def messages(self, *drivers: Driver) -> list[str]:
        graph = DependencyGraph(drivers)
        assert list(RULES["TD207"].check(RuleContext(graph))) == []
        return [finding.message for finding in RULES["TD207"].check(RuleContext(graph.with_all_facts()))]

    def test_what_requires_it_in_any_case_is_reported(self) -> None:
        assert self.messages(needing("gui", requires("screen")), Driver("screen", when="hot")) == [
            "gui requires screen, which is there only when hot: elsewhere gui cannot be started"
        ]

    @pytest.mark.parametrize(
        "gui",
        [
            needing("gui", requires("screen", when="hot")),
            needing("gui", requires("screen", optional=True)),
            needing("gui", wants("screen")),
            Driver("gui", dependencies=(requires("screen"),), when="hot"),
        ],
    )
    def test_what_requires_it_only_then_or_can_do_without_is_not(self, gui: Driver) -> None:
        assert self.messages(gui, Driver("screen", when="hot")) == []

    def test_nor_is_what_the_conditional_driver_says_itself(self) -> None:
        assert self.messages(needing("gui"), Driver("screen", when="hot", dependencies=(required_by("gui"),))) == []
