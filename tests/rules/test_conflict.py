"""TD106: two drivers that must not be in one plan."""

from __future__ import annotations

from tests.rules.looking import found, needing
from tierdeps.model import conflicts


def test_both_are_named_and_either_can_be_disabled() -> None:
    clash = conflicts("hal", reason="one of them at a time")
    (finding,) = found("TD106", needing("udev", clash), needing("hal"))
    assert finding.message == "hal and udev conflict"
    assert finding.drivers == ("hal", "udev")
    assert [(item.text, item.origin, item.reason) for item in finding.evidence] == [
        ("udev conflicts with hal", clash.origin, "one of them at a time")
    ]
    assert [fix.summary for fix in finding.fixes] == [
        'disable hal, in the settings: disable = ["hal"]',
        'disable udev, in the settings: disable = ["udev"]',
    ]


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


def test_a_conflict_that_always_holds_hangs_on_no_fact() -> None:
    drivers = needing("a", conflicts("b", when="hot")), needing("b", conflicts("a"))
    assert [finding.message for finding in found("TD106", *drivers, facts={"hot": True})] == ["a and b conflict"]


def test_nobody_conflicts_with_what_is_absent_or_disabled_or_oneself() -> None:
    assert found("TD106", needing("a", conflicts("b"))) == []
    assert found("TD106", needing("a", conflicts("b")), needing("b"), disabled=["b"]) == []
    assert found("TD106", needing("a", conflicts("b")), needing("b"), disabled=["a"]) == []
    assert found("TD106", needing("a", conflicts("a"), conflicts("door"), provides=("door",))) == []
