"""TD204: a driver that names no tier, in a graph with tiers."""

from __future__ import annotations

from tests.rules.looking import CORE_APP, by, found, needing
from tierdeps.model import Move, requires


def test_the_tier_of_a_driver_that_names_none_is_explained() -> None:
    (finding,) = found("TD204", needing("a", requires("b")), needing("b", tier="app"), tiers=CORE_APP)
    assert finding.message == "a has no tier; it was placed in app"
    assert [(item.text, item.origin, item.reason) for item in finding.evidence] == [
        ("a is in tier app", by("a"), "it needs b")
    ]
    assert [(fix.summary, fix.change) for fix in finding.fixes] == [
        ('set its tier; to keep it where it is: tier = "app", in acme 1.2, a.py:1', Move("a", "app"))
    ]


def test_a_driver_that_needs_nothing_later_is_put_into_the_first() -> None:
    (finding,) = found("TD204", needing("a"), tiers=CORE_APP)
    assert finding.message == "a has no tier; it was placed in core"
    assert finding.evidence[0].reason == "it needs nothing of a later tier"


def test_who_names_a_tier_is_fine_even_an_unknown_one() -> None:
    assert found("TD204", needing("a", tier="core"), needing("b", tier="ghost"), tiers=CORE_APP) == []


def test_without_tiers_nobody_needs_one() -> None:
    assert found("TD204", needing("a"), needing("b")) == []


def test_a_tier_that_follows_from_a_misspelt_one_is_not_to_be_named_before_that_is_corrected() -> None:
    drivers = (
        needing("a", requires("b")),
        needing("b", requires("c")),
        needing("c", tier="ap"),
        needing("d", requires("e")),
        needing("e", tier="app"),
    )
    findings = found("TD204", *drivers, tiers=CORE_APP)
    assert [finding.drivers for finding in findings] == [("a",), ("b",), ("d",)]
    assert [[(fix.summary, fix.change) for fix in finding.fixes] for finding in findings[:2]] == [
        [(f"first correct the tier of c, 'ap' (TD108): that of {name} follows from it", None)] for name in "ab"
    ]
    assert findings[2].fixes[0].change == Move("d", "app")


def test_a_driver_that_a_misspelt_one_needs_can_be_placed_at_once() -> None:
    drivers = needing("a"), needing("b", requires("a"), tier="ap")
    (finding,) = found("TD204", *drivers, tiers=CORE_APP)
    assert finding.fixes[0].change == Move("a", "core")
