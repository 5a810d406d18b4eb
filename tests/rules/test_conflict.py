"""TD106: two drivers that must not be in one plan."""

from __future__ import annotations

from tests.rules.looking import RULES, found, needing
from tierdeps.graph import DependencyGraph
from tierdeps.model import Change, Dependency, Disable, Driver, Drop, Kind, Origin, after, conflicts, requires, wants
from tierdeps.rules import RuleContext


def test_both_are_named_and_either_can_be_disabled() -> None:
    clash = conflicts("hal", reason="one of them at a time")
    (finding,) = found("TD106", needing("udev", clash), needing("hal"))
    assert finding.message == "hal and udev conflict"
    assert finding.drivers == ("hal", "udev")
    assert [(item.text, item.origin, item.reason) for item in finding.evidence] == [
        ("udev conflicts with hal", clash.origin, "one of them at a time")
    ]
    assert [fix.summary for fix in finding.fixes[:2]] == [
        'disable hal: disable = ["hal"], in the settings; no driver requires it',
        'disable udev: disable = ["udev"], in the settings; no driver requires it',
    ]
    assert finding.fixes[2].summary.startswith("if both can run together, remove: udev conflicts hal, in tests/")
    expected: list[Change] = [Disable("hal"), Disable("udev"), Drop("udev", clash)]
    assert [fix.change for fix in finding.fixes] == expected
    assert {fix.proof for fix in finding.fixes} == {"verified: the whole graph then has a start order"}


def test_in_a_graph_file_a_driver_can_be_disabled_there() -> None:
    clash = Dependency(Kind.CONFLICTS, "hal", origin=Origin("graph.toml", 3, "drivers.udev.conflicts[0]"))
    (finding,) = found("TD106", needing("udev", clash), needing("hal"))
    assert [fix.summary for fix in finding.fixes] == [
        'disable hal: disable = ["hal"], at the top of the graph file or of tierdeps.toml; no driver requires it',
        'disable udev: disable = ["udev"], at the top of the graph file or of tierdeps.toml; no driver requires it',
        "if both can run together, remove: udev conflicts hal, in drivers.udev.conflicts[0] (graph.toml:3)",
    ]


def test_the_driver_that_fewer_others_require_is_the_first_to_be_disabled() -> None:
    users = [needing(name, requires("hal")) for name in "abcdefg"]
    one = needing("z", requires("udev"), wants("hal"), after("hal"), requires("hal", optional=True))
    (finding,) = found("TD106", needing("udev", conflicts("hal")), needing("hal"), *users, one)
    assert [fix.summary.partition("settings; ")[2] for fix in finding.fixes[:2]] == [
        "z requires it, and then requires a disabled driver (TD207)",
        "a, b, c, d, e and 2 more require it, and then require a disabled driver (TD207)",
    ]
    assert [fix.change for fix in finding.fixes[:2]] == [Disable("udev"), Disable("hal")]


def test_who_is_disabled_requires_nothing() -> None:
    (finding,) = found("TD106", needing("a", conflicts("b")), needing("b"), needing("c", requires("b")), disabled=["c"])
    assert finding.fixes[1].summary.endswith("; no driver requires it")


def test_a_conflict_that_both_declare_is_removed_with_both_declarations() -> None:
    (finding,) = found("TD106", needing("a", conflicts("b")), needing("b", conflicts("a")))
    last = finding.fixes[-1]
    assert last.summary == "if both can run together, remove all 2 of these:"
    assert [part.text for part in last.parts] == ["a conflicts b", "b conflicts a"]
    assert last.change is None


def test_where_more_is_wrong_only_the_conflict_is_said_to_be_gone() -> None:
    (finding,) = found("TD106", needing("a", conflicts("b")), needing("b"), needing("c", requires("nowhere")))
    assert {fix.proof for fix in finding.fixes} == {"verified: the conflict is gone, and no error is added"}


def test_a_conflict_that_both_declare_is_one_finding() -> None:
    (finding,) = found("TD106", needing("a", conflicts("b")), needing("b", conflicts("a")))
    assert len(finding.evidence) == 2


def test_conflicting_with_a_capability_is_conflicting_with_all_its_other_providers() -> None:
    drivers = (
        needing("a", conflicts("door"), provides=("door",)),
        needing("b", provides=("door",)),
        needing("c", provides=("door",)),
    )
    assert [finding.drivers for finding in found("TD106", *drivers)] == [("a", "b"), ("a", "c")]


def test_a_conflict_under_a_fact_says_so() -> None:
    drivers = needing("a", conflicts("b", when="hot")), needing("b", conflicts("a", when="wet"))
    facts = {"hot": True, "wet": True}
    assert [finding.message for finding in found("TD106", *drivers, facts=facts)] == [
        "a and b conflict, only when hot or wet"
    ]
    assert found("TD106", *drivers) == []


def test_a_conflict_that_always_holds_depends_on_no_fact() -> None:
    drivers = needing("a", conflicts("b", when="hot")), needing("b", conflicts("a"))
    assert [finding.message for finding in found("TD106", *drivers, facts={"hot": True})] == ["a and b conflict"]


def test_nothing_conflicts_with_what_is_absent_or_disabled_or_with_itself() -> None:
    assert found("TD106", needing("a", conflicts("b"))) == []
    assert found("TD106", needing("a", conflicts("b")), needing("b"), disabled=["b"]) == []
    assert found("TD106", needing("a", conflicts("b")), needing("b"), disabled=["a"]) == []
    assert found("TD106", needing("a", conflicts("a"), conflicts("door"), provides=("door",))) == []


class TestTargets:
    """Where a graph has targets, only active drivers conflict, and those that one driver requires."""

    def messages(self, *drivers: Driver, targets: tuple[str, ...] = ("t",)) -> list[str]:
        graph = DependencyGraph((*drivers, needing("t")), targets=targets)
        active = list(RULES["TD106"].check(RuleContext(graph.active)))
        found = list(RULES["TD106"].check(RuleContext(graph)))
        assert [item for item in active if item not in found] == []
        return [finding.message for finding in found]

    def test_drivers_that_are_not_active_conflict_with_nothing(self) -> None:
        assert self.messages(needing("a", conflicts("b"), conflicts("t")), needing("b")) == []

    def test_what_is_active_conflicts_as_anywhere(self) -> None:
        assert self.messages(needing("a", conflicts("b")), needing("b"), targets=("a", "b")) == ["a and b conflict"]

    def test_one_that_requires_both_can_never_be_active(self) -> None:
        drivers = needing("x", requires("a"), requires("y")), needing("y", requires("b"))
        assert self.messages(*drivers, needing("a", conflicts("b")), needing("b")) == [
            "a and b conflict, and x requires both: it is not active, and can never be"
        ]

    def test_nor_one_that_requires_its_own_rival(self) -> None:
        for rivals in (
            (needing("a", conflicts("b"), requires("b")), needing("b")),
            (needing("a", requires("b")), needing("b", conflicts("a"))),
        ):
            assert self.messages(*rivals) == ["a and b conflict, and a requires b: it is not active, and can never be"]

    def test_a_wanted_one_is_dropped_instead(self) -> None:
        drivers = needing("u", wants("a")), needing("a", conflicts("b"), requires("b")), needing("b")
        assert self.messages(*drivers, targets=("u",)) == []
